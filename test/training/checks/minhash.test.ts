import { describe, expect, it } from 'vitest'
import { createMinHasher, createMinHashIndex } from '../../../src/training/checks/minhash.ts'
import fc from '../../support/properties.ts'

const QUESTION = 'Since this morning the unit in the north basin shows E-02 again and again. What shall we do now?'

function indexOf(...texts: string[]) {
  const sign = createMinHasher()
  const index = createMinHashIndex()
  for (const text of texts) index.add(sign(text))
  return (text: string, isMeant: (id: number) => boolean = () => true) => index.find(sign(text), isMeant)
}

describe('texts that are nearly the same', () => {
  it.each([
    QUESTION.toUpperCase(),
    QUESTION.replaceAll(' ', '  ').replace('?', ' ?!'),
    QUESTION.replace('shall', 'should'),
    `Hello! ${QUESTION}`,
  ])('are found: %s', (text) => expect(indexOf(QUESTION)(text)).toBe(0))

  it.each(['', 'E-02', 'What is for lunch today in the north?', QUESTION.slice(0, 50)])(
    'are not those that have little in common: %s',
    (text) => expect(indexOf(QUESTION)(text)).toBeNull(),
  )

  it('are only those that are meant', () => {
    const find = indexOf(QUESTION, QUESTION.replace('morning', 'evening'))
    expect(find(QUESTION, (id) => id === 1)).toBe(1)
    expect(find(QUESTION, () => false)).toBeNull()
  })

  it('are found whatever the text, and however long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 400 }), (text, times) => {
        const long = text.repeat(times)
        expect(indexOf(long)(long)).toBe(0)
      }),
      { numRuns: 40 },
    )
  })
})
