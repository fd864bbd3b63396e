import type { Catalog } from '../../catalog/catalog.ts'
import { parseAnswer, type Statement, statementOf, writeAnswer } from '../../diagnosis/answer.ts'
import { fitsCatalog } from '../../diagnosis/grounding.ts'
import type { Category } from '../../diagnosis/prompt.ts'
import { parseQuestion } from '../../diagnosis/question.ts'
import { MAX_QUESTION_CHARS } from '../../diagnosis/reading/plain-text.ts'

/** An approved correction as training sees it. */
export type ApprovedCorrection = {
  id: string
  question: string
  /** Null when the question is to be declined, and of a log line. */
  statement: Statement | null
  /** Of a corrected log line, which is `question`: the category it belongs to; null for one that nobody knows. */
  category?: Category | null
  /** How many people proposed it. */
  weight: number
  /** What had been answered. */
  originalAnswer?: string
}

/** Why an approved correction is not taught. */
export type SkippedCorrection = {
  id: string
  why: 'unknown_code' | 'other_code' | 'known_code' | 'contradicts_catalog' | 'no_question' | 'unknown_category'
}

export type CorrectionExamples = {
  /** What is taught of each code: the newest correction of it, else the catalog's own statement. */
  statements: ReadonlyMap<string, { statement: Statement; correction: string | null }>
  /** The corrections whose questions become rows of their own, the newest first. */
  questions: readonly CorrectionQuestion[]
  setAside: readonly SkippedCorrection[]
}

export type CorrectionQuestion = {
  id: string
  question: string
  /** Null where the question is declined; then the unknown code that it names, if any. */
  code: string | null
  declinedCode: string | null
  weight: number
}

/**
 * Decides what corrections change, given in the order of their approval.
 *
 * An answer is one statement a code, whatever the question, so the newest approved correction of a code replaces the
 * catalog's statement in every row of that code: otherwise dozens of catalog rows would outvote it. Older corrections
 * of the same code lend their questions, not their statement, or one file would teach two answers to the same thing.
 *
 * The catalog keeps the last word on what a code means and on which command it allows: grounding would refuse the
 * answer anyway, and teaching it would only make every answer a contradicted one. Such a correction asks for a new
 * catalog, not for a new model, and is set aside with that reason. Where a correction names nothing to do when the
 * action fails, nothing is taught of it, as in the exports.
 *
 * Where the answer had named another code, the correction is about which code is meant, not about how the code is
 * stated: with the catalog's own statement it undoes nobody's better wording.
 */
export function toCorrectionExamples(corrections: readonly ApprovedCorrection[], catalog: Catalog): CorrectionExamples {
  const statements = new Map<string, { statement: Statement; correction: string | null }>(
    catalog.codes.map((entry) => [entry.code, { statement: statementOf(entry), correction: null }]),
  )
  const questions: CorrectionExamples['questions'][number][] = []
  const setAside: SkippedCorrection[] = []
  for (const { id, weight, statement: given, originalAnswer, ...asked } of answerCorrections(corrections)) {
    const question = toTrainableLine(asked.question).slice(0, MAX_QUESTION_CHARS)
    const { codes } = parseQuestion(question, catalog)
    const read = given ? toTrainableStatement(given, codes, catalog) : whyNotDeclined(codes, catalog)
    if (!question) setAside.push({ id, why: 'no_question' })
    else if (typeof read === 'string') setAside.push({ id, why: read })
    else {
      if (read) {
        const isCatalogStatement = matchesCatalog(read, catalog)
        const isAboutMeaning = originalAnswer !== undefined && parseAnswer(originalAnswer)?.code !== read.code
        if (!(isCatalogStatement && isAboutMeaning))
          statements.set(read.code, { statement: read, correction: isCatalogStatement ? null : id })
      }
      // A question about several codes is asked code by code, so its own words never reach the model.
      if (codes.length <= 1)
        questions.push({
          id,
          question,
          code: read?.code ?? null,
          declinedCode: read ? null : (codes[0] ?? null),
          weight,
        })
    }
  }
  return { statements, questions: questions.toReversed(), setAside }
}

function answerCorrections(corrections: readonly ApprovedCorrection[]): readonly ApprovedCorrection[] {
  return corrections.filter(({ category }) => category === undefined)
}

export type LogLineExample = { id: string; line: string; category: Category }

/** The corrected log lines, the newest first. */
export function toLogLineExamples(corrections: readonly ApprovedCorrection[]): {
  lines: readonly LogLineExample[]
  setAside: readonly SkippedCorrection[]
} {
  const lines: LogLineExample[] = []
  const setAside: SkippedCorrection[] = []
  for (const { id, question, category } of corrections) {
    const line = toTrainableLine(question)
    if (category === undefined) continue
    if (category && line) lines.push({ id, line, category })
    else setAside.push({ id, why: category ? 'no_question' : 'unknown_category' })
  }
  return { lines: lines.toReversed(), setAside }
}

/** The statement as it is taught, or why it is not. */
function toTrainableStatement(
  proposed: Statement,
  codes: readonly string[],
  catalog: Catalog,
): Statement | SkippedCorrection['why'] {
  const entry = catalog.find(proposed.code)
  if (!entry) return 'unknown_code'
  if (codes.length > 0 && !codes.includes(entry.code)) return 'other_code'
  const statement: Statement = {
    code: entry.code,
    problem: toTrainableLine(proposed.problem),
    action: toTrainableLine(proposed.action),
    command: proposed.command,
    fallback: toTrainableLine(proposed.fallback ?? '') || null,
  }
  const said = parseAnswer(writeAnswer(statement))
  return said && fitsCatalog(said, entry, catalog) ? { ...statement, problem: entry.problem } : 'contradicts_catalog'
}

function matchesCatalog(statement: Statement, catalog: Catalog): boolean {
  const entry = catalog.find(statement.code)
  return entry !== null && writeAnswer(statementOf(entry)) === writeAnswer(statement)
}

/** A code that the catalog knows is always answered; to be silent about it would be to hide a fault. */
function whyNotDeclined(codes: readonly string[], catalog: Catalog): 'known_code' | null {
  return codes.some((code) => catalog.find(code)) ? 'known_code' : null
}

/** One line without the control tokens that trainers refuse. */
function toTrainableLine(text: string): string {
  return text
    .replace(/<\|[^|<>]*\|>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
