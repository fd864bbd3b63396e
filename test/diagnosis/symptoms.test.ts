import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { createSymptomSearch } from '../../src/diagnosis/symptoms.ts'
import { hostileText, longText } from '../support/hostile.ts'
import fc from '../support/properties.ts'

const catalog = await loadCatalog()
const search = createSymptomSearch(catalog)

describe('what people see', () => {
  it.each([
    ['the lens of the turbidity sensor is dirty', 'E-02'],
    ['cloudy reading after the storm', 'E-02'],
    ['my unit has no connection to the gateway', 'E-05'],
    ['the battery is low', 'W-10'],
    ['pH jumps between readings', 'E-01'],
    ['batery almost empty', 'W-10'],
  ])('leads to its code: %s', (text, code) => {
    expect(search(text)[0]).toBe(code)
  })

  it.each([
    'what is the weather tomorrow',
    'my unit shows something, can you help please',
    '',
    '🔧',
    'Please write a poem',
  ])('leads nowhere: %s', (text) => {
    expect(search(text)).toEqual([])
  })

  it('leads to codes of the catalog only, whatever was typed, and quickly', () => {
    const known = catalog.codes.map(({ code }) => code)
    const startedAt = performance.now()
    fc.assert(
      fc.property(fc.oneof(hostileText(), longText), (text) => {
        for (const code of search(text.slice(0, 4_000))) expect(known).toContain(code)
      }),
    )
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
