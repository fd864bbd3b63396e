import type { Catalog } from '../../catalog/catalog.ts'
import { parseAnswer, type Statement, writeAnswer } from '../../diagnosis/answer.ts'
import { commandsIn } from '../../diagnosis/grounding.ts'
import { withoutHidden } from '../../lib/hidden-text.ts'
import { oneLine } from '../../lib/one-line.ts'

/** Longest texts in characters; the catalog's own texts keep the same limits. */
export const MAX_CHARS = {
  question: 2_000,
  problem: 200,
  action: 300,
  fallback: 300,
  note: 2_000,
  consent: 500,
} as const

/** Unpaired surrogates and control characters fit into no database or file; hidden text can't be reviewed. */
export function printable(text: string | null | undefined): string {
  return withoutHidden((text ?? '').toWellFormed().replace(/(?![\n\t])\p{Cc}/gu, ' '))
}

export function printableLine(text: string | null | undefined): string {
  return oneLine(printable(text))
}

export function textFault(text: string, most: number): string | null {
  if (text === '') return 'Please fill this in.'
  return text.length > most ? `Please shorten this to ${most} characters (it has ${text.length}).` : null
}

export function lineFault(text: string | null | undefined): string | null {
  return /[\r\n\u2028\u2029]/.test((text ?? '').trim()) ? 'Please write this in one line.' : null
}

/** `<|im_start|>` and the like control models; providers refuse files that contain them. */
export function reservedFault(text: string): string | null {
  return /<\||\|>/.test(text) ? 'Please take out "<|" and "|>": models reserve them.' : null
}

export function codeFault(code: string, catalog: Catalog): string | null {
  if (code === '') return 'Please choose the code.'
  if (catalog.find(code)) return null
  return `The catalog does not know this code. Near to it: ${catalog.nearest(code, 3).join(', ')}.`
}

/** Question and answer must be about the same code. */
export function otherCodeFault(code: string, asked: readonly string[]): string | null {
  if (asked.length === 0 || asked.includes(code)) return null
  return `The question is about ${asked.join(', ')}. Choose that code, or take it out of the question.`
}

/**
 * A command must exist. One that the catalog doesn't allow for the code is accepted all the same: it can only mean a
 * change of the catalog, and nothing reaches a device before the catalog says so.
 */
export function commandFault(command: string | null, catalog: Catalog): string | null {
  if (command === null || catalog.command(command)) return null
  return `The catalog does not know this command. It knows ${Object.keys(catalog.commands).join(', ')}, or none.`
}

/**
 * A command in the text is advice as much as the selected one, so it must be that one, or one the catalog names for the
 * code.
 */
export function otherCommandFault(text: string, { code, command }: Statement, catalog: Catalog): string | null {
  const entry = catalog.find(code)
  const own = entry ? `${entry.problem} ${entry.action} ${entry.fallback?.text ?? ''}` : ''
  const allowed = [command, ...commandsIn(own, catalog)]
  const other = commandsIn(text, catalog).find((name) => !allowed.includes(name))
  if (other === undefined) return null
  if (!catalog.command(other)) return `The catalog knows no command ${other}. Please take it out.`
  const allows = catalog.codes.filter((one) => one.command === other).map((one) => one.code)
  const whose = allows.length > 0 && !allows.includes(code) ? `, the command of ${allows.slice(0, 3).join(', ')}` : ''
  return command === null && whose === ''
    ? `This names ${other}, and no command is chosen. Choose it as the remote command, or take it out.`
    : `This names ${other}${whose}. Take it out, or choose it as the remote command if ${code} needs it.`
}

export const SPOKEN = ['problem', 'action', 'fallback'] as const

/** Text that wouldn't survive being written and parsed as an answer, tried in an otherwise plain sentence. */
export function spokenFault(field: (typeof SPOKEN)[number], { command, ...said }: Statement): string | null {
  const plain: Statement = { code: 'E-01', problem: 'Fault', action: 'Check it', command, fallback: null }
  const tried = { ...plain, [field]: said[field] }
  const heard = parseAnswer(writeAnswer(tried))
  if (heard && Object.entries(tried).every(([part, text]) => heard[part as keyof Statement] === text))
    return reservedFault(said[field] ?? '')
  return UNSPEAKABLE[field]
}

const UNSPEAKABLE = {
  problem: 'Please name the problem in a few plain words, without quotes and without a recommended action.',
  action: 'Please write the action as one sentence, without a full stop inside and without a command in brackets.',
  fallback: 'Please write this in plain sentences, without a command in brackets.',
} as const satisfies Record<(typeof SPOKEN)[number], string>

/** The parts of a statement, as forms and comparisons call them. */
export const STATED_FIELDS = {
  code: 'Code',
  problem: 'What is wrong',
  action: 'What to do',
  command: 'Remote command',
  fallback: 'If that does not help',
} as const
