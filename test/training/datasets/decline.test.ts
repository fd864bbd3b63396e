import { expect, it } from 'vitest'
import { isDecline, readDecline, writeDecline } from '../../../src/diagnosis/decline.ts'
import fc from '../../support/properties.ts'

const known = ['E-01', 'E-02', 'E-05', 'W-10']

it('declines an unknown code in the fixed sentence', () => {
  expect(writeDecline('E-99', known)).toBe('I do not know the code E-99. Known codes: E-01, E-02, E-05, W-10.')
})

it('declines another matter without naming a code', () => {
  expect(readDecline(writeDecline(null, known))).toEqual({ code: null })
})

it('counts the codes it does not list', () => {
  const many = Array.from({ length: 200 }, (_, i) => `E-${100 + i}`)
  const text = writeDecline('E-99', many)
  expect(text).toContain(' and 188 more.')
  expect(readDecline(text)).toEqual({ code: 'E-99' })
})

it('reads back every code it writes', () => {
  const code = fc
    .tuple(fc.constantFrom('E', 'W', 'AB', 'XYZ'), fc.integer({ min: 0, max: 9999 }))
    .map(([letters, n]) => `${letters}-${n}`)
  fc.assert(
    fc.property(code, (one) => {
      expect(readDecline(writeDecline(one, known))).toEqual({ code: one })
    }),
  )
})

it('tolerates how models spell it', () => {
  expect(readDecline(" I don't know the code e-99, sorry.")).toEqual({ code: 'E-99' })
  expect(readDecline('**I do not know the code E-99.**')).toEqual({ code: 'E-99' })
})

it('takes no answer for a decline', () => {
  expect(isDecline("Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: Clean it.")).toBe(
    false,
  )
  expect(isDecline('If I do not know the code E-99, I guess.')).toBe(false)
  fc.assert(fc.property(fc.string(), (text) => typeof isDecline(text) === 'boolean'))
})
