import type { Catalog } from '../catalog/catalog.ts'
import { parseAnswer, type Statement, statementOf } from './answer.ts'

export type Verdict = 'grounded' | 'contradicted' | 'unknown_code' | 'unanswered'

/** What may be said of one code, after the model's words were held against the catalog. */
export type Finding = {
  verdict: Verdict
  /** The code this is about; null when the question named none and the model found none. */
  code: string | null
  /** What is shown: the model's statement when grounded, else the catalog's own, else nothing. */
  statement: Statement | null
}

/**
 * Holds a model's text against the catalog. `asked` is the code of the question, null when it named none.
 * A statement counts only for the code that was asked, with the catalog's problem, and with no command but the one the
 * catalog allows for this code, wherever in the text it stands.
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

/** A name in capitals with a `_` can only be meant as a command, known or made up. */
const COMMAND_LIKE = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g

function spoken({ action, fallback }: Statement): string {
  return `${action} ${fallback ?? ''}`
}

/** A command in the running text is advice as much as one in its place, however it is spelt (`reboot comm`). */
export function commandsIn(words: string, catalog: Catalog): string[] {
  const text = words.normalize('NFKC').replace(/\p{C}/gu, '')
  const inOne = `_${text.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_`
  // A command of one word (`REBOOT`) is also a word of plain advice, so only its capitals tell.
  const isNamed = (name: string) =>
    name.includes('_') ? inOne.includes(`_${name}_`) : new RegExp(`\\b${name}\\b`).test(text)
  return [...Object.keys(catalog.commands).filter(isNamed), ...(text.match(COMMAND_LIKE) ?? [])]
}

/**
 * Commands of the catalog that a text names, wherever and however spelt, and that none of the codes it is about allows.
 * For codes that the catalog does not know no command is right.
 */
export function forbiddenIn(text: string, codes: readonly string[], catalog: Catalog): string[] {
  const entries = codes.flatMap((code) => catalog.find(code) ?? [])
  const allowed = entries.flatMap((entry) => [entry.command, ...commandsIn(spoken(statementOf(entry)), catalog)])
  return commandsIn(text, catalog).filter((name) => catalog.command(name) !== null && !allowed.includes(name))
}
