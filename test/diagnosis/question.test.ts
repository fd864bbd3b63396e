import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { loadCatalog } from '../../src/catalog/loading.ts'
import { parseQuestion } from '../../src/diagnosis/question.ts'
import { MAX_QUESTION_CHARS } from '../../src/diagnosis/reading/plain-text.ts'
import { otherProduct } from '../support/catalogs.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'

const catalog = await loadCatalog()
const codesIn = (text: string) => parseQuestion(text, catalog).codes
const devicesIn = (text: string) => parseQuestion(text, catalog).devices

describe('the code in a question', () => {
  it.each([
    ...['E-02', 'e-02', 'E02', 'e02', 'e2', 'E2', 'E 02', 'e 2', 'E.02', 'E_02', 'E - 02', 'E-2', 'E-002'],
    ...['E‑02', 'E–02', 'E—02', 'E−02', 'Ｅ－０２', 'E\u00a002'],
    ...['error 02', 'Error 2', 'ERROR: 2', 'error code 2', 'Error code: 2', 'error no. 2', 'error #2', 'err2'],
    ...['"E-02"', '(E-02)', '*E-02*', 'E-02.', 'E-02, help', 'E-02?', 'is it E-02 or what', '<E-02>', 'E-02/'],
  ])('%s is E-02', (text) => {
    expect(codesIn(text)).toEqual(['E-02'])
    expect(codesIn(`My unit HC5000-A-1138 shows ${text}`)).toEqual(['E-02'])
  })

  it.each(['w10', 'W-10', 'W 10', 'warning 10', 'Warning code 10', 'warn 10'])('%s is W-10', (text) => {
    expect(codesIn(text)).toEqual(['W-10'])
  })

  it.each([
    ...['UTF-8', 'IP-67', 'PT-100', 'GW-01', 'ISO-8859', 'HC5000-A-1138', 'unit A-1138', 'HC5000-A-11', 'e-mail'],
    ...['we2', 'e2e', 'E-02-A', 'mode2', 'the battery is at 12 %', '2026-11-22', '🔧', 'error', 'error rate', ''],
  ])('%s names none', (text) => {
    expect(codesIn(text)).toEqual([])
  })

  it('takes several in the order of the text, each once', () => {
    expect(codesIn('w10, then E-05 and e1, now error 5 again')).toEqual(['W-10', 'E-05', 'E-01'])
  })

  it('takes five of a pasted list', () => {
    expect(codesIn('E-11 E-12 E-13 E-14 E-15 E-16 E-17')).toEqual(['E-11', 'E-12', 'E-13', 'E-14', 'E-15'])
  })

  it('keeps a code that no device knows, in the form of the others', () => {
    expect(codesIn('E-99')).toEqual(['E-99'])
    expect(codesIn('e7')).toEqual(['E-07'])
    expect(codesIn('X-9')).toEqual(['X-09'])
    expect(codesIn('error 404')).toEqual(['E-404'])
  })

  it('does not take a number in passing for a second code', () => {
    expect(codesIn('E-02 came up, the error 37 minutes later too')).toEqual(['E-02'])
    expect(codesIn('sensori 4 e 7, codice E-02')).toEqual(['E-02'])
  })

  it('spells a code as the catalog at hand does', () => {
    const other = createCatalog(otherProduct)
    expect(parseQuestion('code alm7 on pump.12', other)).toEqual({ codes: ['ALM-007'], devices: ['PUMP.12'] })
    expect(parseQuestion('XYZ-123 and UTF-8', other).codes).toEqual(['XYZ-123', 'UTF-008'])
  })

  it('finds every code of the catalog in any of its spellings, anywhere in a sentence', () => {
    const spelt = fc
      .record({
        entry: fc.constantFrom(...catalog.codes),
        between: fc.constantFrom('', '-', ' ', '.', '_', '–', ' - '),
        isLower: fc.boolean(),
        zeros: fc.integer({ min: 0, max: 2 }),
      })
      .map(({ entry: { code }, between, isLower, zeros }) => {
        const [letters = '', digits = ''] = code.split('-')
        const text = `${letters}${between}${'0'.repeat(zeros)}${Number(digits)}`
        return { code, text: isLower ? text.toLowerCase() : text }
      })
    fc.assert(
      fc.property(
        spelt,
        fc.constantFrom('', 'My pump shows ', 'since 7:30 ', 'HC5000-B-2201: ', '🔧 '),
        fc.constantFrom('', '.', ' on the display', ', please help', '\nthanks'),
        ({ code, text }, before, after) => {
          expect(codesIn(`${before}${text}${after}`)).toEqual([code])
        },
      ),
    )
  })
})

describe('the device in a question', () => {
  it.each([
    ...['HC5000-A-1138', 'hc5000-a-1138', 'HC5000 A 1138', 'hc5000a1138', 'HC-5000-A-1138', 'HC 5000 A1138'],
    ...['HC5000_A_1138', 'HC5000–A–1138', '(HC5000-A-1138)', 'HC5000-A-1138.', 'ＨＣ５０００-Ａ-１１３８'],
  ])('%s is HC5000-A-1138', (text) => {
    expect(devicesIn(text)).toEqual(['HC5000-A-1138'])
    expect(devicesIn(`E-02 on ${text}`)).toEqual(['HC5000-A-1138'])
  })

  it.each(['HC5000', 'HC5000-A-113', 'HC5000-A-11385', 'XHC5000-A-1138', 'HC4000-A-1138', 'HydroCore 5000'])(
    '%s names none',
    (text) => {
      expect(devicesIn(text)).toEqual([])
    },
  )

  it('takes each once, in the order of the text', () => {
    expect(devicesIn('hc5000 b 2201, HC5000-A-1138, HC5000-B-2201')).toEqual(['HC5000-B-2201', 'HC5000-A-1138'])
  })
})

describe('any text', () => {
  it('is read without a fault: few codes in the catalog’s form, devices in theirs', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const { codes, devices } = parseQuestion(text, catalog)
        expect(codes.length).toBeLessThanOrEqual(5)
        for (const code of codes) expect(code).toMatch(/^[A-Z]{1,3}-\d{2,4}$/)
        for (const device of devices) expect(catalog.isDeviceId(device)).toBe(true)
      }),
    )
  })

  it('is read in its first part only, and quickly', () => {
    const long = `${'x'.repeat(MAX_QUESTION_CHARS)} E-02`
    expect(codesIn(long)).toEqual([])
    const startedAt = performance.now()
    for (const piece of ['E', 'E ', 'error ', 'HC5000-', '-', '  ', 'a.', 'E-0', '🔧'])
      codesIn(piece.repeat(40_000 / piece.length))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})
