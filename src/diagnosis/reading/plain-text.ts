import { foldConfusables } from '../../lib/confusables.ts'
import { withoutHidden } from '../../lib/hidden-text.ts'

/** Longer text is cut for the model, never in the record. */
export const MAX_QUESTION_CHARS = 4_000

/** Phones and documents write a dash, and an apostrophe, in many ways. */
const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g
const APOSTROPHES = /[\u2018\u2019\u02bc\u00b4`]/g

/** The text as it looks, in one spelling, for reading only: what is stored and shown stays as it was typed. */
export function toPlainText(text: string): string {
  return foldConfusables(withoutHidden(text.slice(0, MAX_QUESTION_CHARS)).normalize('NFKC'))
    .replace(DASHES, '-')
    .replace(APOSTROPHES, "'")
}
