import { expect, it } from 'vitest'
import { answerCost } from '../../../src/training/evaluation/answer-costs.ts'
import type { Outcome } from '../../../src/training/evaluation/scoring.ts'
import type { PriceLookup } from '../../../src/training/prices.ts'

const price = { training: null, input: 2, output: 10, source: 'a contract', checkedOn: '2026-11-22' }
const priceOf: PriceLookup = (model) => (model === 'unheard-of' ? null : price)
const outcome = (row: number, more: Partial<Outcome> = {}): Outcome => ({
  row,
  expected: '',
  said: 'one two three four',
  latencyMs: 1,
  failure: null,
  usage: { promptTokens: 100, completionTokens: 20 },
  ...more,
})
const prompt = [{ role: 'user' as const, content: 'a question' }]
const cost = (model: string, outcomes: Outcome[]) => answerCost(model, outcomes, () => prompt, priceOf)

it('counts what the server counted, and what failed costs nothing', async () => {
  const found = await cost('a', [outcome(0), outcome(1), outcome(2, { failure: 'model_garbled', usage: null })])
  expect(found).toMatchObject({ tokens: { prompt: 200, completion: 40 }, countedBy: 'server' })
  // (200 × $2 + 40 × $10) ÷ a million, of two questions.
  expect(found.usd).toBeCloseTo(0.0008, 10)
  expect(found.usdPer1000).toBeCloseTo(0.4, 10)
  expect(found.price).toMatchObject({ source: 'a contract', checkedOn: '2026-11-22' })
})

it('counts itself where the server does not, and says how', async () => {
  const silent = [outcome(0, { usage: null })]
  const known = await cost('gpt-4o-mini', silent)
  expect(known).toMatchObject({ countedBy: 'us', tokens: { completion: 4 } })
  expect(known.tokens?.prompt).toBeGreaterThan(5)
  expect((await cost('some-llama', silent)).countedBy).toBe('estimate')
})

it('does not guess a price, nor divide by nothing', async () => {
  expect(await cost('unheard-of', [outcome(0)])).toMatchObject({ price: null, usd: null, usdPer1000: null })
  const none = await cost('a', [outcome(0, { failure: 'model_garbled' })])
  expect(none).toMatchObject({ tokens: null, usd: null, usdPer1000: null })
})
