import type { Verdict } from '../diagnosis/grounding.ts'
import type { CorrectionReason } from '../feedback/corrections.ts'

/** Everything the bot says by itself, in one place: short, plain, kind. */
export const WORDS = {
  thinking: 'is looking it up…',
  stillThinking: 'is still waiting for an answer…',
  loading: ['Reading the code', 'Asking the assistant', 'Checking against the catalog'],
  greeting:
    'Hello. Send me the error code of your HydroCore 5000 and, if you like, the device: `E-02 on HC5000-A-1138`.',
  help: [
    '*Ask me* in a message to me, or mention me in a channel: `What is wrong with HC5000-A-1138, it shows E-02`.',
    '`/diagnose E-02 HC5000-A-1138` explains a code here in the channel.',
    '`/classify LOG LINE` sorts a log line.',
    '*Buttons* below an answer send the recommended command to the device, after you confirm.',
    '*👍 👎* tell us whether the answer was right. A wrong one you can correct; a reviewer looks at it, and the next model learns it.',
  ].join('\n'),
  nothingToRead:
    'I can read text only: a code such as `E-02`, a device such as `HC5000-A-1138`, or what you see. Pictures and files I cannot read.',
  tooLong: 'That is a very long message; I read its first part. Please ask about one device at a time.',
  notUnderstood: 'I can explain HydroCore 5000 error codes. Send me the code on the display, such as',
  failed: 'Something went wrong on our side and I have no answer.',
  tookTooLong: 'I could not get an answer in time.',
  tooOld: 'I was away when you asked, and your question is some time old now.',
  stopped: 'Stopped. Ask again whenever you like.',
  tryAgain: 'Try again',
  cannotSeeFiles: 'I read the text only; the attached file I cannot see.',
  soundsLike: 'This sounds like one of these. Which code is on the display?',
  notMine: 'I can only help with HydroCore 5000 error codes.',
  disagreed: 'The assistant’s own words did not match the catalog, so this is the catalog’s statement.',
  offline: 'From the catalog: the assistant is offline.',
  unreadable: 'From the catalog: the assistant gave no clear answer.',
  whatToDo: 'What to do',
  ifThatFails: 'If that does not help',
  thumbUp: 'This answer was right',
  thumbDown: 'This answer was wrong',
  reactionAsk: 'Thank you. Would you tell us what is right?',
  reactionAskButton: 'Tell us what is right',
  gone: 'This button belongs to an answer I no longer have. Please ask again.',
  notReviewer: 'Only reviewers can do this. An administrator sets them with REVIEWERS.',
  correctionSaved: 'Thank you. Your correction is in the review queue; you will hear what becomes of it.',
  alreadyProposed: 'Thank you. The same correction was proposed before; yours adds weight to it.',
  queueEmpty: 'The queue is empty. Nothing waits for review.',
  classified: 'This log line is about',
  unclassified: 'I could not sort this log line. Try the whole line as the device wrote it.',
  classifyUsage: 'Send the log line after the command: `/classify Device GW-01 failed to connect to MQTT broker`',
  diagnoseUsage: 'Send a code or a question after the command: `/diagnose E-02 HC5000-A-1138`',
  unknownSubcommand: 'I do not know that command. Here is what I can do:',
} as const

/** What is said above a statement that is not the model's own. */
export function provisoOf(verdict: Verdict, source: string): string | null {
  if (verdict === 'contradicted') return WORDS.disagreed
  if (verdict === 'unanswered') return source === 'catalog' ? WORDS.offline : WORDS.unreadable
  return null
}

export function unknownCode(code: string, nearest: readonly string[]): string {
  return `I do not know the code ${code}. ${nearest.length > 0 ? `Did you mean ${listOf(nearest)}? ` : ''}Please check the display.`
}

/** `A`, `A or B`, `A, B or C`. */
export function listOf(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(words)
}

/** A moment in the reader's own time zone, with UTC for clients that cannot. */
export function moment(at: Date): string {
  const fallback = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `<!date^${Math.floor(at.getTime() / 1000)}^{date_short_pretty} {time}|${fallback}>`
}

/** What a person may say was wrong with an answer. */
export const REASONS: Record<CorrectionReason, string> = {
  wrong_meaning: 'It explained the code wrongly',
  wrong_action: 'It recommended the wrong action',
  wrong_command: 'It recommended the wrong command',
  outdated: 'It is out of date',
  unclear: 'It is hard to understand',
  should_not_have_answered: 'It should not have answered',
}

/** What the author of a correction hears. */
export function reviewed(code: string, rejectedBecause: string | null): string {
  return rejectedBecause === null
    ? `Your correction for ${code} was approved. The next model learns it.`
    : `Your correction for ${code} was not taken over: ${rejectedBecause}`
}
