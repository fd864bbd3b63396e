import type { Pace } from '../pace.ts'
import { createExaminer } from './examine.ts'
import type { Weights } from './memory.ts'
import type { Prepared } from './prepare.ts'

/** Where knowledge ends. */
export type Limits = {
  /** Below this similarity a question has nothing to do with what was taught. */
  bar: number
  /** What was taught to be said then: the row that says so. Null when the examples agree on nothing. */
  otherwise: number | null
}

/** The bar is set by the least similar of the left-out rows that were still answered rightly, within these limits. */
const MAX_EXAMINED = 300
const PERCENTILE = 0.1
const SHARE = 0.6
const LOWEST_BAR = 0.15
export const HIGHEST_BAR = 0.3

/** So many unfamiliar rows, and this share of all of them, must have one answer for it to be the one for all such. */
const MIN_UNFAMILIAR = 3
const MIN_AGREEING = 0.5
/** And it must be said mostly to such rows, else it only happens to be what some odd ones ask for. */
const MIN_OWN_UNFAMILIAR = 0.4

/**
 * Examines rows as if they had not been learnt, to find out how similar a question must be to be answered: data of
 * short, varied lines is answered on less than data of codes. If the rows that are like nothing else nearly all have
 * one answer ("I can only help with …"), that is what to say to anything unfamiliar.
 */
export async function findLimits(prepared: Prepared, weights: Weights, pace: Pace): Promise<Limits> {
  const examine = createExaminer(prepared, weights)
  const stride = Math.max(1, Math.floor(prepared.examples.length / MAX_EXAMINED))
  const right: number[] = []
  const examined: { row: number; similarity: number }[] = []
  for (let row = 0; row < prepared.examples.length; row += stride) {
    await pace()
    const { share, similarity } = examine(row)
    examined.push({ row, similarity })
    if (share > 0.5) right.push(similarity)
  }
  right.sort((a, b) => a - b)
  const low = right[Math.floor(right.length * PERCENTILE)] ?? HIGHEST_BAR / SHARE
  const bar = Math.min(HIGHEST_BAR, Math.max(LOWEST_BAR, low * SHARE))

  const unfamiliar = examined.filter(({ similarity }) => similarity < bar).map(({ row }) => row)
  const byClass = Map.groupBy(unfamiliar, (row) => prepared.classOf[row] as number)
  const largest = [...byClass.values()].sort((a, b) => b.length - a.length)[0] ?? []
  const ofClass = examined.filter(({ row }) => prepared.classOf[row] === prepared.classOf[largest[0] ?? -1]).length
  const isAgreed =
    largest.length >= MIN_UNFAMILIAR &&
    largest.length >= MIN_AGREEING * unfamiliar.length &&
    largest.length >= MIN_OWN_UNFAMILIAR * ofClass
  return { bar, otherwise: isAgreed ? (largest.at(-1) ?? null) : null }
}
