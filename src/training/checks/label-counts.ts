import { parseAnswer } from '../../diagnosis/answer.ts'
import { readCategory } from '../../diagnosis/classification.ts'
import { readDecline } from '../../diagnosis/decline.ts'
import { memoize } from '../../lib/memoize.ts'

/** A category is answered alone; in a longer text the same word is only a word. */
const MAX_LABEL_CHARS = 40
/** More answers than this are no classes. */
const MAX_LABELS = 64
const OTHER = 'other'

export type LabelCount = { label: string; rows: number }

/** Counts what rows are about: our codes, categories and declines, or, of other data, its short answers. */
export function createLabelCounts() {
  const counts = new Map<string, number>()
  const cachedLabelOf = memoize(labelOf)
  return {
    add(answer: string): void {
      const label = cachedLabelOf(answer)
      const counted = counts.has(label) || counts.size < MAX_LABELS ? label : OTHER
      counts.set(counted, (counts.get(counted) ?? 0) + 1)
    },
    /** The most frequent first. */
    list(): LabelCount[] {
      return [...counts]
        .map(([label, rows]) => ({ label, rows }))
        .toSorted((a, b) => b.rows - a.rows || (a.label < b.label ? -1 : 1))
    },
  }
}

/** What a row is about, by its answer. */
export function labelOf(answer: string): string {
  const statement = parseAnswer(answer)
  if (statement) return statement.code
  if (readDecline(answer)) return 'declined'
  const short = answer.trim()
  if (short.length > MAX_LABEL_CHARS || short.includes('\n')) return OTHER
  return readCategory(short) ?? (short || OTHER)
}
