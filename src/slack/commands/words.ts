import { listOf, mentions } from '../blocks/words.ts'

export const WORDS = {
  againUnderWay: 'This command is still under way, or was offered again already.',
  againBelowAnswer: 'The command is offered again below the answer.',
  nobodyToAsk: 'Only operators send commands to devices, and no operator could be found. Ask an administrator.',
} as const

/** To somebody who may not send a command themselves. */
export function askedFor(operators: readonly string[]): string {
  return `Only operators send commands to devices. I asked them for you: ${new Intl.ListFormat('en').format(mentions(operators))}.`
}

/** Names those whom a refusal speaks of. */
export function hereThatIs(people: readonly string[]): string {
  return `Here that is ${listOf(mentions(people))}.`
}

/** To somebody who requested a command, and is the only operator. */
export function nobodyApproves(what: string): string {
  return `There is no second operator who could approve ${what}. Nothing was sent; ask an administrator to name one.`
}
