import type { CodeEntry } from '../catalog/schema.ts'

/** What an answer states, in the parts that people and the catalog can check. */
export type Statement = {
  code: string
  problem: string
  action: string
  command: string | null
  fallback: string | null
}

/** The catalog's own statement of a code. */
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

/** Reads the canonical form back, tolerant of case, quotes and spaces; null when the text is something else. */
export function parseAnswer(text: string): Statement | null {
  const shape = SHAPE.exec(text)
  if (!shape) return null
  const [, code = '', problem = '', rest = ''] = shape
  const withCommand = WITH_COMMAND.exec(rest.trim())
  const [, action = '', command = null, fallback = ''] =
    withCommand ?? (([all, first, more]) => [all, first, null, more])(FIRST_SENTENCE.exec(rest.trim()) ?? ['', rest])
  if (!action.trim()) return null
  return {
    code: code.toUpperCase(),
    problem: problem.trim(),
    action: action.trim(),
    command: command?.toUpperCase() ?? null,
    fallback: fallback?.trim() || null,
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** An action is one sentence without its full stop, which follows the command. */
function sentenceEnd(text: string): string {
  return oneLine(text).replace(/[.\s]+$/, '')
}
