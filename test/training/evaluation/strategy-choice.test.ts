import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { statementOf, writeAnswer } from '../../../src/diagnosis/answer.ts'
import { computeMetrics } from '../../../src/training/evaluation/metrics.ts'
import { recommendStrategy } from '../../../src/training/evaluation/strategy-choice.ts'

const catalog = await loadCatalog()
const entry = catalog.find('E-01')
const RIGHT = entry ? writeAnswer(statementOf(entry)) : ''
const UNSAFE = 'Send REBOOT_COMM.'

/** A way that is right in so many of 100 rows, from the first on, and unsafe in so many, from the last on. */
function way(name: string, right: number, { unsafe = 0, usd = null as number | null, tokens = 100 } = {}) {
  const outcomes = Array.from({ length: 100 }, (_, row) => ({
    row,
    expected: RIGHT,
    said: row < right ? RIGHT : row >= 100 - unsafe ? UNSAFE : 'no idea',
    latencyMs: 5,
    failure: null,
    usage: null,
  }))
  const cost = {
    tokens: { prompt: tokens * 100, completion: 0 },
    countedBy: 'server' as const,
    price: null,
    usd,
    usdPer1000: usd,
  }
  const { accuracy, unsafe: unsafeRate } = computeMetrics(outcomes, catalog)
  return { name, accuracy, unsafe: unsafeRate, cost, outcomes }
}

describe('which way is worth using', () => {
  it.each([
    ['the measurably best, whatever it costs', [way('a', 60, { usd: 1 }), way('b', 95, { usd: 9 })], 'b'],
    ['the cheapest of those that are as good', [way('a', 93, { usd: 1 }), way('b', 95, { usd: 9 })], 'a'],
    [
      'the one with fewer tokens where a price is unknown',
      [way('a', 93, { tokens: 300 }), way('b', 95, { usd: 9 })],
      'b',
    ],
    ['none that is unsafe while another is as good', [way('a', 94), way('b', 95, { unsafe: 1 })], 'a'],
    ['not the useless one that is safe', [way('a', 0), way('b', 95, { unsafe: 1 })], 'b'],
    ['the better of two at one price', [way('a', 94, { usd: 1 }), way('b', 95, { usd: 1 })], 'b'],
  ])('is %s', (_, ways, best) => {
    expect(recommendStrategy(ways, catalog).recommended).toBe(best)
    expect(recommendStrategy(ways.toReversed(), catalog).recommended).toBe(best)
  })

  it('comes with its reasons and with what should be minded', () => {
    const { rules, cautions } = recommendStrategy([way('a', 10), way('b', 70, { unsafe: 3 })], catalog)
    expect(rules.map(({ outcome }) => outcome)).toEqual([
      'None is out.',
      'b is the most often right (70.0 %). Out: a.',
      'b alone is left.',
    ])
    expect(cautions).toEqual([expect.stringContaining('3 of 100'), expect.stringContaining('too few')])
    expect(recommendStrategy([way('a', 99)], catalog).cautions).toEqual([])
    const cheaper = recommendStrategy([way('a', 93, { usd: 1 }), way('b', 95, { usd: 9 })], catalog)
    expect(cheaper.cautions).toEqual([expect.stringContaining('b was right in 2 more of 100 questions')])
  })
})
