import type { Store } from '../../store/open.ts'
import { contentKey, contentOf } from '../corrections/content.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { APPROVED_STATUSES, OPEN_STATUSES } from '../corrections/state-machine.ts'
import { listNewestOfCode } from './related-records.ts'

/** A correction that may be repeated in other words. */
export type LikelyDuplicate = { correction: CorrectionRow; isSameAnswer: boolean }

const MAX_SHOWN = 3

/** Per status, the newest: the same thing is mostly proposed in the same days. */
const MAX_READ = 50

/** The least share of common words between two questions; less is enough when the answer is the same. */
const LEAST_LIKENESS = { sameAnswer: 0.25, otherAnswer: 0.6 }

/**
 * Corrections of the same code, waiting or approved, that seem to ask the same in other words; the likeliest first,
 * those with the same answer before others. Waiting ones with the very same question aren't included.
 */
export async function findLikelyDuplicates(store: Store, row: CorrectionRow): Promise<LikelyDuplicate[]> {
  const statuses = [...OPEN_STATUSES, ...APPROVED_STATUSES]
  const others = await listNewestOfCode(store, row, { statuses, most: MAX_READ })
  return others
    .map((correction) => ({
      correction,
      // All log lines of a category have the same answer, and so have all declines; that alone makes no duplicate.
      isSameAnswer: row.kind === 'answer' && row.code !== '' && answerOf(correction) === answerOf(row),
      likeness: likenessOf(correction.question, row.question),
    }))
    .filter(({ correction, isSameAnswer, likeness }) => {
      const waitsForSame = correction.question_hash === row.question_hash && isWaiting(correction)
      return !waitsForSame && likeness >= LEAST_LIKENESS[isSameAnswer ? 'sameAnswer' : 'otherAnswer']
    })
    .sort((a, b) => Number(b.isSameAnswer) - Number(a.isSameAnswer) || b.likeness - a.likeness)
    .slice(0, MAX_SHOWN)
    .map(({ correction, isSameAnswer }) => ({ correction, isSameAnswer }))
}

function isWaiting({ status }: CorrectionRow): boolean {
  return OPEN_STATUSES.some((open) => open === status)
}

function answerOf(row: CorrectionRow): string {
  return contentKey({ ...contentOf(row), question: '' })
}

/** The share of common words, from 0 to 1. */
function likenessOf(one: string, other: string): number {
  const [a, b] = [wordsOf(one), wordsOf(other)]
  return a.intersection(b).size / Math.max(1, a.union(b).size)
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}%-]+/gu) ?? [])
}
