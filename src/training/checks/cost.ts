import type { Price } from '../prices.ts'

/** OpenAI's cookbook, "Data preparation and analysis for chat model fine-tuning": how often a trainer goes through the rows. */
const USUAL_EPOCHS = 3
const FEWEST_SEEN = 100
const MOST_SEEN = 25_000
const MOST_EPOCHS = 25

/** How often a trainer that is left to choose goes through so many rows. */
export function autoEpochs(rows: number): number {
  if (rows <= 0) return 0
  if (rows * USUAL_EPOCHS < FEWEST_SEEN) return Math.min(MOST_EPOCHS, Math.floor(FEWEST_SEEN / rows))
  if (rows * USUAL_EPOCHS > MOST_SEEN) return Math.max(1, Math.floor(MOST_SEEN / rows))
  return USUAL_EPOCHS
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
export function trainingCost(given: {
  rows: number
  tokens: number
  price: Price | null
  epochs?: number | undefined
}): TrainingCost {
  const { price, epochs = autoEpochs(given.rows) } = given
  const tokens = given.tokens * epochs
  const dollars = price?.training == null ? null : (tokens / MILLION) * price.training
  return { epochs, tokens, dollars, price }
}
