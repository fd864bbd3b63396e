import type { Hit, Memory } from './memory.ts'

export type Choice = {
  classId: number
  score: number
  lastRow: number
  /** The most similar case that votes for it. */
  caseId: number
}

/** The nearest examples count far more than those that are merely near. */
const SHARPNESS = 8
/** So many cases may vote for one class, and so many against it: a class is not right because it is large. */
const VOTERS_A_CLASS = 8
/** The very situation asked about counts as much as so many similar ones. */
const EXACT_COUNTS = 4
/** Scores nearer to one another than this are a tie. */
const TIE = 1e-6

/** Better first; of equals, the class whose example came later in the training data. */
function order(a: Choice, b: Choice): number {
  if (Math.abs(a.score - b.score) > TIE * Math.max(Math.abs(a.score), Math.abs(b.score))) return b.score - a.score
  return b.lastRow - a.lastRow
}

/** The votes of one case alone: what was taught for exactly this situation. */
export function rankOwnVotes(memory: Memory, caseId: number): Choice[] {
  const votes = memory.cases[caseId]?.votes ?? []
  return votes.map(({ classId, weight, lastRow }) => ({ classId, score: weight, lastRow, caseId })).sort(order)
}

/**
 * What was taught for exactly this situation is the answer, unless everything near it was since taught otherwise:
 * its answer is voted down there, or another one has far more votes.
 */
export function isOverruled(own: readonly Choice[], near: readonly Choice[]): boolean {
  const taught = own[0]
  const nearby = near.find((choice) => choice.classId === taught?.classId)
  if (!taught || !nearby) return false
  if (nearby.score <= 0) return true
  const rival = near.find((choice) => own.every((one) => one.classId !== choice.classId))
  return rival !== undefined && rival.score > EXACT_COUNTS * taught.score + nearby.score
}

/** One row whose own vote does not count: the learner is examined on it. */
export type LeftOut = { caseId: number; classId: number; weight: number }

/** Lets the nearest cases vote, each by its similarity; classes with their scores, best first. */
export function rankByVotes(memory: Memory, hits: readonly Hit[], leftOut?: LeftOut): Choice[] {
  const choices = new Map<number, Choice & { voters: { for: number; against: number } }>()
  const nearest = hits[0]?.similarity ?? 0
  if (nearest <= 0) return []
  for (const { caseId, similarity } of hits) {
    const share = (similarity / nearest) ** SHARPNESS
    for (const { classId, weight, lastRow } of memory.cases[caseId]?.votes ?? []) {
      const isExamined = leftOut?.caseId === caseId && leftOut.classId === classId
      const counted = isExamined ? weight - leftOut.weight : weight
      if (counted === 0) continue
      const choice = choices.get(classId) ?? { classId, score: 0, lastRow: -1, caseId, voters: { for: 0, against: 0 } }
      choices.set(classId, choice)
      const side = counted > 0 ? 'for' : 'against'
      if (choice.voters[side] >= VOTERS_A_CLASS) continue
      choice.voters[side] += 1
      choice.score += share * counted
      choice.lastRow = Math.max(choice.lastRow, lastRow)
    }
  }
  return [...choices.values()].sort(order)
}
