import type { Catalog } from '../../catalog/catalog.ts'
import { parseQuestion } from '../../diagnosis/question.ts'
import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'

/**
 * Whether an edited question asks something else: about other codes or devices, or, as long as nobody has answered it
 * and it names none, in other words. A typo set right doesn't.
 */
export function asksSomethingElse(
  before: Pick<QuestionRow, 'text' | 'state'>,
  text: string,
  catalog: Catalog,
): boolean {
  const [was, is] = [parseQuestion(before.text, catalog), parseQuestion(text, catalog)]
  if (!isSame(was.codes, is.codes) || !isSame(was.devices, is.devices)) return true
  return before.state === 'claimed' && is.codes.length === 0 && wordsOf(before.text) !== wordsOf(text)
}

const isSame = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((one) => others.includes(one))

const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
