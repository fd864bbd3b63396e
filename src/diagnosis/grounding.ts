import type { Catalog } from '../catalog/catalog.ts'
import type { CodeEntry } from '../catalog/schema.ts'
import { parseAnswer, type Statement, statementOf } from './answer.ts'
import { withoutReasoning } from './reasoning.ts'

export type Verdict = 'grounded' | 'contradicted' | 'unknown_code' | 'unanswered'

/** What may be said about one code, after comparing the model's words with what is approved. */
export type Grounded = {
  verdict: Verdict
  /** The code; null when neither the question nor the model named one. */
  code: string | null
  /** What is shown, word for word the catalog's or an approved correction's; null when there's nothing to show. */
  statement: Statement | null
}

/**
 * Compares a model's text with the statements that are approved for a code: the catalog's, and those of `approved`
 * corrections. Problem, action, command and fallback all count, and so does a command anywhere else in the text. What is
 * returned is always one of those statements, never the model's own words. `asked` is the question's code; null if it
 * named none.
 */
export function ground(
  text: string,
  asked: string | null,
  catalog: Catalog,
  approved: readonly Statement[] = [],
): Grounded {
  if (asked && !catalog.find(asked)) return { verdict: 'unknown_code', code: asked, statement: null }
  const spoken = withoutReasoning(text)
  const said = parseAnswer(spoken)
  const code = asked ?? said?.code ?? null
  const entry = code ? catalog.find(code) : null
  if (!said) return { verdict: 'unanswered', code, statement: entry ? statementOf(entry) : null }
  if (!entry) return { verdict: 'unknown_code', code, statement: null }
  const own = statementOf(entry)
  const statement = [own, ...approved].find((one) => says(said, one) || says(said, nextStepOf(one)))
  const isClean = statement && forbiddenIn(spoken, [entry.code], catalog).length === 0
  return isClean
    ? { verdict: 'grounded', code: entry.code, statement }
    : { verdict: 'contradicted', code: entry.code, statement: own }
}

/** What is said once the action was done: the fallback is the action then, and no command is left. */
function nextStepOf(statement: Statement): Statement {
  const { action, fallback } = statement
  return { ...statement, action: fallback ?? action, command: fallback ? null : statement.command, fallback: null }
}

/** The same advice: other punctuation, no command named, or the fallback left out, change nothing. */
function says(said: Statement, approved: Statement): boolean {
  return (
    said.code === approved.code &&
    sameWords(said.problem, approved.problem) &&
    sameWords(said.action, approved.action) &&
    (said.command === null || said.command === approved.command) &&
    (said.fallback === null || sameWords(said.fallback, approved.fallback ?? ''))
  )
}

/** Whether a statement keeps the catalog's problem and names no command but those the catalog allows for the code. */
export function fitsCatalog(said: Statement, entry: CodeEntry, catalog: Catalog): boolean {
  const allowed = [entry.command, ...commandsIn(advice(statementOf(entry)), catalog)]
  return (
    said.code === entry.code &&
    sameWords(said.problem, entry.problem) &&
    (said.command === null || said.command === entry.command) &&
    commandsIn(advice(said), catalog).every((name) => allowed.includes(name))
  )
}

/** Whether two texts say the same but for case and punctuation. */
export function sameWords(a: string, b: string): boolean {
  return plainWords(a) === plainWords(b)
}

function plainWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%]+/gu, ' ')
    .trim()
}

/** A name in capitals with a `_` can only mean a command, known or invented. */
const COMMAND_LIKE = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g

function advice({ action, fallback }: Statement): string {
  return `${action} ${fallback ?? ''}`
}

/** A command in running text is advice too, however it's spelt (`reboot comm`). */
export function commandsIn(words: string, catalog: Catalog): string[] {
  const text = words.normalize('NFKC').replace(/\p{C}/gu, '')
  const inOne = `_${text.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_`
  // A one-word command (`REBOOT`) is also an ordinary word, so only capitals count.
  const isNamed = (name: string) =>
    name.includes('_') ? inOne.includes(`_${name}_`) : new RegExp(`\\b${name}\\b`).test(text)
  return [...Object.keys(catalog.commands).filter(isNamed), ...(text.match(COMMAND_LIKE) ?? [])]
}

/**
 * Catalog commands named anywhere in a text, in any spelling, that none of its codes allows. For unknown codes every
 * command is forbidden.
 */
export function forbiddenIn(text: string, codes: readonly string[], catalog: Catalog): string[] {
  const entries = codes.flatMap((code) => catalog.find(code) ?? [])
  const allowed = entries.flatMap((entry) => [entry.command, ...commandsIn(advice(statementOf(entry)), catalog)])
  return commandsIn(text, catalog).filter((name) => catalog.command(name) !== null && !allowed.includes(name))
}
