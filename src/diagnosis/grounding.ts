import type { Catalog } from '../catalog/catalog.ts'
import { parseAnswer, type Statement, statementOf } from './answer.ts'

export type Verdict = 'grounded' | 'contradicted' | 'unknown_code' | 'unanswered'

/** What may be said about one code, after comparing the model's words with the catalog. */
export type Finding = {
  verdict: Verdict
  /** The code; null when neither the question nor the model named one. */
  code: string | null
  /** What is shown: the model's statement if grounded, else the catalog's, else nothing. */
  statement: Statement | null
}

/**
 * Compares a model's text with the catalog. `asked` is the question's code; null if it named none. A statement counts
 * only for that code, with the catalog's problem, and with no command anywhere in the text but those the catalog allows
 * for the code.
 */
export function ground(text: string, asked: string | null, catalog: Catalog): Finding {
  if (asked && !catalog.find(asked)) return { verdict: 'unknown_code', code: asked, statement: null }
  const said = parseAnswer(text)
  const code = asked ?? said?.code ?? null
  const entry = code ? catalog.find(code) : null
  if (!said) return { verdict: 'unanswered', code, statement: entry ? statementOf(entry) : null }
  if (!entry) return { verdict: 'unknown_code', code, statement: null }
  const own = statementOf(entry)
  const allowed = [entry.command, ...commandsIn(spoken(own), catalog)]
  const agrees =
    said.code === entry.code &&
    sameWords(said.problem, entry.problem) &&
    (said.command === null || said.command === entry.command) &&
    commandsIn(spoken(said), catalog).every((name) => allowed.includes(name))
  return agrees
    ? { verdict: 'grounded', code: entry.code, statement: { ...said, problem: entry.problem } }
    : { verdict: 'contradicted', code: entry.code, statement: own }
}

function sameWords(a: string, b: string): boolean {
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

function spoken({ action, fallback }: Statement): string {
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
  const allowed = entries.flatMap((entry) => [entry.command, ...commandsIn(spoken(statementOf(entry)), catalog)])
  return commandsIn(text, catalog).filter((name) => catalog.command(name) !== null && !allowed.includes(name))
}
