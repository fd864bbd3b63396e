import type { CodeEntry } from '../catalog/schema.ts'
import { oneLine } from '../lib/one-line.ts'

/** What an answer states, in parts that people and the catalog can check. */
export type Statement = {
  code: string
  problem: string
  action: string
  command: string | null
  fallback: string | null
}

/** The catalog's own statement about a code. */
export function statementOf(entry: CodeEntry): Statement {
  const { code, problem, action, command, fallback } = entry
  return { code, problem, action, command, fallback: fallback?.text ?? null }
}

/**
 * The canonical form of an answer: what the model is trained to write, and what {@link parseAnswer} reads.
 * `Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: Trigger automated cleaning cycle
 * (command: CLEAN_TURB). Check physical sensor for debris if error persists.`
 */
export function writeAnswer({ code, problem, action, command, fallback }: Statement): string {
  const kind = code.startsWith('W') ? 'Warning Code' : 'Error Code'
  const doing = command ? `${sentenceEnd(action)} (command: ${command})` : sentenceEnd(action)
  return `${kind} ${code} indicates a '${oneLine(problem)}'. Recommended Action: ${doing}.${fallback ? ` ${oneLine(fallback)}` : ''}`
}

const SHAPE =
  /\bcode\s+([A-Z]{1,3}-\d{1,4})\s+indicates\s+(?:an?\s+|the\s+)?['"‘’“”]([^\n]{1,400}?)['"‘’“”]\s*[.;:]?\s*recommended\s+action:\s*([^\n]{1,2000})/i
const WITH_COMMAND = /^(.*?)\s*\(command:\s*([A-Z][A-Z0-9_]{1,39})\s*\)\s*[.;]?\s*(.*)$/i
const FIRST_SENTENCE = /^(.*?[^.\s])(?:\.(?:\s+(.*))?)?$/

/** A generalist says the same in its own words, with markup, over several lines. */
const LOOSE_SHAPE =
  /\b([A-Z]{1,3}-\d{1,4})\b\s{0,4}(?:indicates|means|signals|stands\s+for|refers\s+to|is|[:–—])\s{0,4}(?:an?\s+|the\s+)?['"‘’“”]?([^\n.;'"‘’“”]{1,200})[\s\S]{0,400}?\brecommended\s+action\s*[:–—]\s*([\s\S]{1,2000})/i
const WITH_LOOSE_COMMAND = /^(.*?)[\s.;,(]{0,4}\bcommand\s?:\s?([A-Z][A-Z0-9_]{1,39})\b\s?\)?\s?[.;]?\s?(.*)$/i
const MARKUP = /\*\*|__|`|^\s{0,8}(?:#{1,6}|[-*•]|\d{1,2}[.)])\s/gm
/** What stands in for a command where there is none. */
const NO_COMMAND: ReadonlySet<string> = new Set(['NONE', 'NULL', 'NO', 'NOT'])

/**
 * Parses the canonical form, tolerant of case, quotes and spaces, or what an untrained model makes of it; null for
 * anything else. The catalog decides what to believe of it.
 */
export function parseAnswer(text: string): Statement | null {
  return readShape(text, SHAPE, WITH_COMMAND) ?? readShape(text.replace(MARKUP, ''), LOOSE_SHAPE, WITH_LOOSE_COMMAND)
}

function readShape(text: string, form: RegExp, commandForm: RegExp): Statement | null {
  const shape = form.exec(text)
  if (!shape) return null
  const [, code = '', problem = ''] = shape
  const rest = (shape[3] ?? '').replace(/\s{0,40}\n\s{0,40}/g, ' ')
  const withCommand = commandForm.exec(rest.trim())
  const [, action = '', command = null, fallback = ''] =
    withCommand ?? (([all, first, more]) => [all, first, null, more])(FIRST_SENTENCE.exec(rest.trim()) ?? ['', rest])
  if (!action.trim()) return null
  const name = command?.toUpperCase() ?? null
  return {
    code: code.toUpperCase(),
    problem: problem.trim(),
    action: action.trim(),
    command: name === null || NO_COMMAND.has(name) ? null : name,
    fallback: fallback?.trim() || null,
  }
}

/** An action is one sentence; its full stop follows the command. */
function sentenceEnd(text: string): string {
  return oneLine(text).replace(/[.\s]+$/, '')
}
