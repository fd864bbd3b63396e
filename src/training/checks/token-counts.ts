import type { TrainingRow } from '../../formats/reading.ts'
import { memoize } from '../../lib/memoize.ts'
import type { RowLocation } from './near-duplicates.ts'
import type { Tokenizer } from './tokens.ts'

export type TokenStats = {
  tokenizer: string
  isEstimate: boolean
  min: number
  median: number
  p95: number
  max: number
  total: number
  /** What is paid for: rows longer than the context are cut to it. */
  trained: number
  /** The longest row that is trained on as a whole; null where nobody told us. */
  context: number | null
  overContext: { rows: number; first: readonly (RowLocation & { tokens: number })[] }
}

/** Longer rows are counted as this long where the middle is looked for; no trainer takes them whole. */
const MAX_TRACKED_TOKENS = 2 ** 18
const MAX_LISTED = 20

/** Counts rows as they pass; what it remembers does not grow with them. */
export function createTokenCounts({ name, isEstimate, count }: Tokenizer, context: number | null) {
  const lengths = new Uint32Array(MAX_TRACKED_TOKENS + 1)
  const first: (RowLocation & { tokens: number })[] = []
  let [rows, total, trained, over, max, min] = [0, 0, 0, 0, 0, Number.POSITIVE_INFINITY]
  const primingTokens = count([])
  const tokensPerMessage = count([{ role: 'user', content: '' }]) - primingTokens
  // Instructions and answers come again; questions hardly do.
  const cachedCount = memoize(count)
  const rowTokens = ({ prompt, answer, rejected }: TrainingRow) =>
    prompt.reduce(
      (sum, { role, content }) => sum + tokensPerMessage + (role === 'user' ? count : cachedCount)(content),
      primingTokens,
    ) +
    tokensPerMessage +
    cachedCount(answer) +
    (rejected === null ? 0 : tokensPerMessage + cachedCount(rejected))
  return {
    add(row: TrainingRow, place: RowLocation): void {
      const tokens = rowTokens(row)
      rows += 1
      total += tokens
      trained += context === null ? tokens : Math.min(tokens, context)
      min = Math.min(min, tokens)
      max = Math.max(max, tokens)
      const length = Math.min(tokens, MAX_TRACKED_TOKENS)
      lengths[length] = (lengths[length] ?? 0) + 1
      if (context === null || tokens <= context) return
      over += 1
      if (first.length < MAX_LISTED) first.push({ ...place, tokens })
    },
    /** Null of no rows. */
    figures(): TokenStats | null {
      if (rows === 0) return null
      const at = (share: number) => Math.max(min, Math.min(max, quantile(lengths, Math.ceil(share * rows))))
      return {
        ...{ tokenizer: name, isEstimate, min, median: at(0.5), p95: at(0.95), max, total, trained, context },
        overContext: { rows: over, first },
      }
    },
  }
}

/** The length of the row at this place (from 1) when all stand in order. */
function quantile(lengths: Uint32Array, place: number): number {
  let seen = 0
  for (const [length, rows] of lengths.entries()) {
    seen += rows
    if (seen >= place) return length
  }
  return lengths.length - 1
}
