/** What a person is told when a listener fails, whatever it was about. */
export const WORDS = {
  failedTitle: 'That did not work',
  close: 'Close',
  notSaved: 'This could not be saved just now. Nothing you typed is lost: please send it again in a minute.',
  takesLong:
    'This takes longer than usual, and I go on trying. If nothing happens within a minute, please press again.',
  formTakesLong: 'This takes longer than usual. Nothing you typed is lost: please send it again in a moment.',
  commandTakesLong: 'This takes longer than usual. Please send it again in a moment.',
} as const

/** What a slash command was, so that nobody types it twice. `typed` is escaped for code. */
export function typedBefore(typed: string): string {
  return `You typed: \`${typed}\``
}
