import { describe, expect, it } from 'vitest'
import {
  bootstrapRate,
  kappa,
  mcnemar,
  newcombe,
  percentile,
  percentileInterval,
  resample,
  wilsonRate,
} from '../../../src/training/evaluation/statistics.ts'
import fc from '../../support/properties.ts'

const counts = fc
  .integer({ min: 1, max: 500 })
  .chain((of) => fc.tuple(fc.integer({ min: 0, max: of }), fc.constant(of)))

describe('a rate', () => {
  it('has the interval that the books give', () => {
    const { low, high } = wilsonRate(8, 10)
    expect(low).toBeCloseTo(0.4901, 3)
    expect(high).toBeCloseTo(0.9433, 3)
    expect(wilsonRate(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 3) })
    expect(wilsonRate(0, 0)).toEqual({ count: 0, of: 0, value: null, low: null, high: null })
  })

  it('lies within its interval, and the interval within 0 and 1', () => {
    fc.assert(
      fc.property(counts, ([count, of]) => {
        const { value, low, high } = wilsonRate(count, of)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(low).toBeLessThanOrEqual((value ?? -1) + 1e-12)
        expect(high).toBeGreaterThanOrEqual((value ?? 2) - 1e-12)
        expect(high).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('a bootstrap', () => {
  const shares = (count: number, of: number) => resample([count, of - count]).map(([hits = 0]) => hits / of)

  it('finds the middle 95 % of a binomial distribution', () => {
    // Of 100 cases with a share of 0.4: the 2.5 % and the 97.5 % quantile are 31 and 50.
    const found = percentileInterval(shares(40, 100))
    expect(found?.low).toBeCloseTo(0.31, 1)
    expect(found?.high).toBeCloseTo(0.5, 1)
  })

  it('draws the same from the same seed, and as many cases as there are', () => {
    const kinds = [3, 0, 7, 11]
    expect(resample(kinds)).toEqual(resample(kinds))
    expect(resample(kinds)).not.toEqual(resample(kinds, { seed: 1 }))
    for (const drawn of resample(kinds, { times: 50 })) {
      expect(drawn.reduce((a, b) => a + b, 0)).toBe(21)
      expect(drawn[1]).toBe(0)
    }
  })

  it('does not claim to be certain where all cases agree', () => {
    expect(bootstrapRate(20, 20, shares(20, 20))).toEqual(wilsonRate(20, 20))
    expect(bootstrapRate(0, 20, shares(0, 20))).toEqual(wilsonRate(0, 20))
    expect(bootstrapRate(0, 0, [])).toEqual(wilsonRate(0, 0))
    const some = bootstrapRate(8, 20, shares(8, 20))
    expect(some).not.toEqual(wilsonRate(8, 20))
    expect(some.low).toBeLessThan(0.4)
    expect(some.high).toBeGreaterThan(0.4)
  })

  it('has no interval of nothing', () => {
    expect(percentileInterval([])).toBeNull()
    expect(percentileInterval([null, null])).toBeNull()
    expect(resample([], { times: 2 }).map((drawn) => [...drawn])).toEqual([[], []])
  })
})

it('Newcombe’s interval is what his paper gives', () => {
  // 56 of 70 against 48 of 80, his first example: 0.0524 to 0.3339.
  const { low, high } = newcombe(wilsonRate(56, 70), wilsonRate(48, 80))
  expect(low).toBeCloseTo(0.0524, 3)
  expect(high).toBeCloseTo(0.3339, 3)
  expect(newcombe(wilsonRate(20, 20), wilsonRate(0, 20)).low).toBeLessThan(1)
})

describe('McNemar’s test', () => {
  it('gives what the books give', () => {
    expect(mcnemar(1, 8)).toBeCloseTo(0.0390625, 10)
    expect(mcnemar(0, 5)).toBeCloseTo(0.0625, 10)
    // Agresti’s panel on a prime minister: 150 changed to no, 86 to yes.
    expect(mcnemar(150, 86)).toBeCloseTo(3.716e-5, 7)
    expect(mcnemar(0, 0)).toBe(1)
    expect(mcnemar(7, 7)).toBe(1)
  })

  it('is a probability for any counts, the same whichever is first, and surer the less even', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(20_000), (a, b) => {
        const p = mcnemar(a, b)
        expect(p).toBeGreaterThanOrEqual(0)
        expect(p).toBeLessThanOrEqual(1)
        expect(mcnemar(b, a)).toBe(p)
        expect(mcnemar(Math.min(a, b), Math.max(a, b) + 1)).toBeLessThanOrEqual(p + 1e-9)
      }),
      { numRuns: 50 },
    )
  })
})

it('kappa is what Cohen’s own table gives', () => {
  expect(kappa({ bothYes: 20, onlyFirst: 5, onlySecond: 10, bothNo: 15 })).toBeCloseTo(0.4, 10)
  expect(kappa({ bothYes: 5, onlyFirst: 0, onlySecond: 0, bothNo: 5 })).toBe(1)
  expect(kappa({ bothYes: 5, onlyFirst: 0, onlySecond: 0, bothNo: 0 })).toBeNull()
  expect(kappa({ bothYes: 0, onlyFirst: 0, onlySecond: 0, bothNo: 0 })).toBeNull()
})

it('a percentile is one of the values, the nearest rank', () => {
  const values = [5, 1, 4, 2, 3]
  expect([0, 0.2, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 1, 3, 5, 5])
  expect(percentile([], 0.5)).toBeNull()
})
