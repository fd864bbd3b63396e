import type { OpenDevice } from '../../diagnosis/conversation/plan.ts'
import type { FindingRow } from '../../diagnosis/questions/question-records.ts'
import type { Strategy } from '../../diagnosis/strategies.ts'
import { escapeCode } from '../platform/escaping.ts'
import { WORDS as PLATFORM_WORDS } from '../platform/words.ts'

/** Words of the message builders, and those several features share: short, plain, kind. */
export const SHARED_WORDS = {
  unchecked: 'Being written, not yet checked against the catalog:',
  help: [
    '*Ask me* in a message to me, or mention me in a channel: `What is wrong with HC5000-A-1138, it shows E-02`.',
    '`/diagnose E-02 HC5000-A-1138` explains a code here in the channel.',
    '`/classify LOG LINE` sorts a log line; you can say so when it is wrong.',
    '*Diagnose this message*, in the menu of any message, explains the code in it.',
    '*Correct this answer*, in the menu of an answer of mine, lets you say what is right.',
    '`/hydrocore status` says what is live; `queue`, `export`, `model` and `audit` are for those who look after it.',
    '*Buttons* below an answer send the recommended command to the device, after you confirm.',
    '*👍 👎* tell us whether the answer was right. A wrong one you can correct; a reviewer looks at it, and the next model learns it.',
  ].join('\n'),
  asked: 'asked:',
  mayNotPost: 'I can’t post there, so here is the answer to your question:',
  withdrawn: 'The question was deleted or changed. This stays as a record of what was done.',
  tooLong: 'That is a very long message; I read its first part. Please ask about one device at a time.',
  notUnderstood: 'I can explain HydroCore 5000 error codes. Send me the code on the display, such as',
  failed: 'Something went wrong on our side and I have no answer.',
  tryAgain: 'Try again',
  askAgain: 'Ask again',
  askOperator: 'Ask an operator',
  scheduleVisit: 'Schedule technician visit',
  checkedOnSite: 'Check physically: done',
  checkedBy: 'Checked on site by',
  opening: 'One moment…',
  notForGuests: 'Guests and people of other organisations cannot do this. Ask somebody of this workspace.',
  flapping:
    'It comes and goes. I change this message at most once a minute, and say so when it stayed away for 10 minutes.',
  cannotSeeFiles: 'I read the text only; the attached file I cannot see.',
  soundsLike: 'This sounds like one of these. Which code is on the display?',
  disagreed: 'The assistant’s own words did not match the catalog, so this is the catalog’s statement.',
  offline: 'From the catalog: the assistant is offline.',
  unreadable: 'From the catalog: the assistant gave no clear answer.',
  whatToDo: 'What to do',
  ifThatFails: 'If that does not help',
  nextStep: 'Next',
  thumbUp: 'This answer was right',
  thumbDown: 'This answer was wrong',
  draftLoaded: 'This is what you typed before. It is kept for a day.',
  draftKept: 'You did not send your correction. What you typed is kept for a day.',
  goOn: 'Go on writing',
  notSaved: PLATFORM_WORDS.notSaved,
  gone: 'This button belongs to an answer I no longer have. Please ask again.',
  notReviewer: 'Only reviewers can do this. An administrator sets them with REVIEWERS.',
  notOperator: 'Only operators can do this. An administrator sets them with OPERATORS.',
  notAdmin: 'Only administrators can do this. They are set with ADMINS.',
  notExporter: 'Only reviewers and administrators can export corrections.',
  none: 'none',
  proposedHere: 'Proposed',
  catalogWrongMeans: 'The correction is approved as a change of the catalog. It is taught once the catalog says so.',
  approvedBefore: 'Approved before',
  mergeMeans: 'This one is closed as a duplicate. Its weight and its people go to the other one.',
  foundByHouse: 'found by a check, nobody wrote it',
  logLine: 'Log line',
  noCode: 'No code',
  approvedByYou: 'You approved this. It changes what people are told to do, so a second reviewer decides.',
  ownCorrection: 'Your own correction: somebody else reviews it.',
  correctionWaits: 'A correction waits for review',
  correctionSettled: 'A correction was settled',
  approvalMeans: 'It becomes training data for the next model.',
  awaitsYou: 'A command waits for a second operator',
  asksOperator: 'Somebody asks you to send a command',
  answersInstead: 'answers now (ASSISTANT_STRATEGY). The assistant below answers once that is `fine-tuned`.',
  lately: 'Lately',
  notYetMoved: 'Nothing is changed until you press the button.',
  classified: 'This log line is about',
  unclassified: 'I could not sort this log line. Try the whole line as the device wrote it.',
  chooseCategory: 'Tell us what it is about',
} as const

/** The words around the model's name, by strategy. */
export const ASKED_AS: Record<Strategy, { before: string; after: string }> = {
  'fine-tuned': { before: 'assistant', after: '' },
  grounded: { before: 'base model', after: ' with the catalog’s facts' },
  base: { before: 'base model', after: ' without training or facts' },
}

/** The note above a statement that isn't the model's own. */
export function caveatOf({ verdict, typed }: Pick<FindingRow, 'verdict' | 'typed'>, source: string): string | null {
  if (verdict === 'contradicted') return SHARED_WORDS.disagreed
  // In a follow-up the thread says which code it's about, whatever the model said.
  if (verdict === 'unanswered' && typed === null && source !== 'catalog') return null
  if (verdict === 'unanswered') return source === 'catalog' ? SHARED_WORDS.offline : SHARED_WORDS.unreadable
  return null
}

export function unknownCode(code: string, nearest: readonly string[], typed: string | null = null): string {
  const written = typed && typed !== code ? ` (“${typed}”)` : ''
  return `I do not know the code ${code}${written}. ${nearest.length > 0 ? `Did you mean ${listOf(nearest)}? ` : ''}Please check the display.`
}

/** A short device id: nobody knows it, or several units end in it. */
export function openDevice({ typed, candidates }: OpenDevice): string {
  if (candidates.length === 0) return `I don’t know a unit that ends in ${escapeCode(typed)}. Which one do you mean?`
  return `${candidates.length} units end in ${escapeCode(typed)}: ${listOf(candidates.map((id) => `\`${escapeCode(id)}\``))}. Which one do you mean?`
}

/** `A`, `A or B`, `A, B or C`. */
export function listOf(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(words)
}

/** A few people as mentions; more than these nobody reads. */
export function mentions(people: readonly string[]): string[] {
  return people.slice(0, 5).map((user) => `<@${user}>`)
}

/** A time in the reader's time zone, with UTC as the fallback for clients that can't show it. */
export function moment(at: Date): string {
  const fallback = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `<!date^${Math.floor(at.getTime() / 1000)}^{date_short_pretty} {time}|${fallback}>`
}

/** "Schedule battery replacement" */
export function scheduleWork(title: string): string {
  return `Schedule ${title.charAt(0).toLowerCase()}${title.slice(1)}`
}

/** How often the recommended command helped recently. */
export function trackRecord(record: {
  code: string
  command: string
  uses: number
  cleared: number
  days: number
}): string {
  const { code, command, uses, cleared, days } = record
  return `${command} cleared ${code} in ${cleared} of ${uses} uses (${days} days)`
}

/** The outcome of a correction, for its reviewers; null while it waits. */
export function settledWords(
  { status, target }: { status: string; target: string },
  reviewer: string | null,
  note: string,
): string | null {
  const by = reviewer ? ` by ${reviewer}` : ''
  const how = target === 'catalog' ? ' as a change of the catalog' : ''
  switch (status) {
    case 'approved':
      return `✅ Approved${how}${by}`
    case 'edited_and_approved':
      return `✅ Approved${how} with changes${by}`
    case 'rejected':
      return `⛔ Rejected${by}: ${note}`
    case 'duplicate':
      return `↪️ Merged into another one${by}`
    case 'withdrawn':
      return '↩️ Withdrawn by who proposed it'
    default:
      return null
  }
}

export function approvedOnce(person: string): string {
  return `Approved by ${person}. It changes what people are told to do, so a second reviewer has to approve it too.`
}

/** `person` is a mention, or a name from the terminal. */
export function reviewing(person: string): string {
  return `${person} is reviewing this.`
}
