import type { Price } from '../prices.ts'

/** OpenAI's cookbook, "Data preparation and analysis for chat model fine-tuning": how often a trainer goes through the rows. */
const TARGET_EPOCHS = 3
const MIN_TARGET_EXAMPLES = 100
const MAX_TARGET_EXAMPLES = 25_000
const MAX_DEFAULT_EPOCHS = 25

/** How often a trainer that is left to choose goes through so many rows. */
export function autoEpochs(rows: number): number {
  if (rows <= 0) return 0
  if (rows * TARGET_EPOCHS < MIN_TARGET_EXAMPLES)
    return Math.min(MAX_DEFAULT_EPOCHS, Math.floor(MIN_TARGET_EXAMPLES / rows))
  if (rows * TARGET_EPOCHS > MAX_TARGET_EXAMPLES) return Math.max(1, Math.floor(MAX_TARGET_EXAMPLES / rows))
  return TARGET_EPOCHS
}

export type TrainingCost = {
  epochs: number
  /** Of all epochs together. */
  tokens: number
  /** US dollars; null where nobody told us the price of training this model. */
  dollars: number | null
  price: Price | null
}

const MILLION = 1_000_000

/** What training costs; `tokens` are those of one time through the rows. */
export function trainingCost(request: {
  rows: number
  tokens: number
  price: Price | null
  epochs?: number | undefined
}): TrainingCost {
  const { price, epochs = autoEpochs(request.rows) } = request
  const tokens = request.tokens * epochs
  const dollars = price?.training == null ? null : (tokens / MILLION) * price.training
  return { epochs, tokens, dollars, price }
}
