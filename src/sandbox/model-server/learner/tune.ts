import type { Examined } from './examine.ts'
import type { Case, Hit, Weights } from './memory.ts'
import type { Prepared } from './prepare.ts'

/** How far one wrong answer moves a weight, before the learning rate multiplies it. */
const STEP_SIZE = 0.3
/** However often it errs, a feature moves no further than this from what the statistics say. */
const MOST_MOVED = 3
/** An answer this clear teaches nothing more. */
const CLEAR = 0.95

/** Raises what a row shares with neighbours that answer like it, and lowers what it shares with the others. */
export function tune(
  prepared: Prepared,
  weights: Weights,
  start: Weights,
  row: number,
  examined: Examined,
  learningRate: number,
): void {
  if (examined.share >= CLEAR) return
  const own = prepared.memory.cases[prepared.caseOf[row] as number] as Case
  const classId = prepared.classOf[row] as number
  const isSame = ({ caseId }: Hit) => prepared.memory.cases[caseId]?.votes.some((vote) => vote.classId === classId)
  let same = 0
  let other = 0
  for (const hit of examined.hits) {
    if (isSame(hit)) same += hit.similarity
    else other += hit.similarity
  }
  if (same === 0 || other === 0) return

  const amounts = new Map(Array.from(own.features, (feature, i) => [feature, own.amounts[i] as number]))
  const pulls = new Map<number, number>()
  for (const hit of examined.hits) {
    const found = prepared.memory.cases[hit.caseId] as Case
    const pull = isSame(hit) ? hit.similarity / same : -hit.similarity / other
    for (const [i, feature] of found.features.entries()) {
      const shared = (amounts.get(feature) ?? 0) * (found.amounts[i] as number)
      if (shared > 0) pulls.set(feature, (pulls.get(feature) ?? 0) + pull * shared)
    }
  }
  const rate = STEP_SIZE * learningRate * (1 - examined.share)
  for (const [feature, pull] of pulls) {
    const first = start.byFeature[feature] as number
    const moved = (weights.byFeature[feature] as number) * Math.exp(rate * pull)
    weights.byFeature[feature] = Math.min(first * MOST_MOVED, Math.max(first / MOST_MOVED, moved))
  }
}
