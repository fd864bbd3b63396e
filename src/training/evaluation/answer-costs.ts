import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { openTokenizer } from '../checks/tokens.ts'
import type { Price, PriceLookup } from '../prices.ts'
import type { Outcome } from './scoring.ts'

/** What a model's answers to the rows cost. */
export type AnswerCost = {
  /** Of all rows that were answered; null when none was. */
  tokens: { prompt: number; completion: number } | null
  /** Who counted them: the server, or we with the model's own vocabulary, or by a rule of thumb. */
  countedBy: 'server' | 'us' | 'estimate'
  /** Null where nobody told us the price; then the costs are null too, not 0. */
  price: Pick<Price, 'input' | 'output' | 'source' | 'checkedOn'> | null
  usd: number | null
  usdPer1000: number | null
}

const MILLION = 1_000_000

export async function answerCost(
  model: string,
  outcomes: readonly Outcome[],
  promptOf: (row: number) => readonly ChatMessage[],
  priceOf: PriceLookup,
): Promise<AnswerCost> {
  const answered = outcomes.filter(({ failure }) => failure === null)
  const price = priceOf(model)
  const shown = price && { input: price.input, output: price.output, source: price.source, checkedOn: price.checkedOn }
  if (answered.length === 0) return { tokens: null, countedBy: 'server', price: shown, usd: null, usdPer1000: null }
  const isCounted = answered.every(({ usage }) => usage !== null)
  const tokenizer = isCounted ? null : await openTokenizer(model)
  const tokens = { prompt: 0, completion: 0 }
  for (const { row, said, usage } of answered) {
    tokens.prompt += usage?.promptTokens ?? tokenizer?.count(promptOf(row)) ?? 0
    tokens.completion += usage?.completionTokens ?? tokenizer?.count(said) ?? 0
  }
  const usd = price && (tokens.prompt * price.input + tokens.completion * price.output) / MILLION
  return {
    tokens,
    countedBy: isCounted ? 'server' : tokenizer?.isEstimate ? 'estimate' : 'us',
    price: shown,
    usd,
    usdPer1000: usd === null ? null : (usd / answered.length) * 1_000,
  }
}
