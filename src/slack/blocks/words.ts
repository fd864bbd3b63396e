import type { Verdict } from '../../diagnosis/grounding.ts'
import type { Strategy } from '../../diagnosis/strategies.ts'
import type { Submitted } from '../../feedback/corrections/correction-records.ts'
import type { SUPPORTER_NOTICES } from '../../feedback/corrections/notices.ts'
import { lengthOf, waitingFigures } from '../../feedback/labels.ts'
import type { ReviewerStats, ReviewFigures } from '../../feedback/review/stats.ts'

/** Everything the bot says by itself, in one place: short, plain, kind. */
export const WORDS = {
  thinking: 'is looking it up…',
  stillThinking: 'is still waiting for an answer…',
  stillWaiting: 'I am still waiting for an answer. It will appear here.',
  tryingAgain: 'I am trying again.',
  unchecked: 'Being written, not yet checked against the catalog:',
  loading: ['Reading the code', 'Asking the assistant', 'Checking against the catalog'],
  greeting:
    'Hello. Send me the error code of your HydroCore 5000 and, if you like, the device: `E-02 on HC5000-A-1138`.',
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
  nothingToRead:
    'I can read text only: a code such as `E-02`, a device such as `HC5000-A-1138`, or what you see. Pictures and files I cannot read.',
  tooLong: 'That is a very long message; I read its first part. Please ask about one device at a time.',
  notUnderstood: 'I can explain HydroCore 5000 error codes. Send me the code on the display, such as',
  failed: 'Something went wrong on our side and I have no answer.',
  tookTooLong: 'I could not get an answer in time.',
  nobodyThere: 'The assistant cannot be reached right now, and without a code I cannot look it up in the catalog.',
  tooOld: 'I was away when you asked, and your question is some time old now.',
  stopped: 'Stopped. Ask again whenever you like.',
  tryAgain: 'Try again',
  askAgain: 'Ask again',
  scheduleVisit: 'Schedule technician visit',
  checkedOnSite: 'Check physically: done',
  checkedBy: 'Checked on site by',
  pressAgain: 'Slack did not open the form in time. Please press the button again.',
  opening: 'One moment…',
  notOpened: 'The form could not be opened in time. Nothing you typed is lost.',
  openAgain: 'Open it again',
  againUnderWay: 'This command is still under way, or was offered again already.',
  notForGuests: 'Guests and people of other organisations cannot do this. Ask somebody of this workspace.',
  cannotBeSent: 'Please choose a person of this workspace.',
  noLongerKnown: 'The catalog no longer knows this code. Please ask again.',
  assigned: 'You have been asked to go:',
  dueTomorrow: 'Due tomorrow:',
  workOrder: 'Your work order:',
  flapping:
    'It comes and goes. I change this message at most once a minute, and say so when it stayed away for 10 minutes.',
  cannotSeeFiles: 'I read the text only; the attached file I cannot see.',
  soundsLike: 'This sounds like one of these. Which code is on the display?',
  disagreed: 'The assistant’s own words did not match the catalog, so this is the catalog’s statement.',
  offline: 'From the catalog: the assistant is offline.',
  unreadable: 'From the catalog: the assistant gave no clear answer.',
  whatToDo: 'What to do',
  ifThatFails: 'If that does not help',
  thumbUp: 'This answer was right',
  thumbDown: 'This answer was wrong',
  reactionAsk: 'Thank you. Would you tell us what is right?',
  correctionTitle: 'What is right?',
  notAnAnswer:
    'This is no answer of mine. Choose “Correct this answer” in the menu of a message in which I explained a code.',
  leaveEmpty: 'If it should not have answered at all, leave the next fields empty and say so below.',
  drafting: 'A model is writing a draft from the catalog and your note. Go on if you like: what you type stays.',
  drafted: 'Drafted by a model from the catalog and your note. Please read it before you send it.',
  noDraft: 'No draft could be made now. Nothing you typed is lost.',
  draftLoaded: 'This is what you typed before. It is kept for a day.',
  draftKept: 'You did not send your correction. What you typed is kept for a day.',
  goOn: 'Go on writing',
  notSaved: 'This could not be saved just now. Nothing you typed is lost: please send it again in a minute.',
  reactionAskButton: 'Tell us what is right',
  gone: 'This button belongs to an answer I no longer have. Please ask again.',
  notReviewer: 'Only reviewers can do this. An administrator sets them with REVIEWERS.',
  queueEmpty: 'The queue is empty. Nothing waits for review.',
  notOperator: 'Only operators can do this. An administrator sets them with OPERATORS.',
  notAdmin: 'Only administrators can do this. They are set with ADMINS.',
  notAuditor: 'Only administrators and operators can read the audit.',
  notExporter: 'Only reviewers and administrators can export corrections.',
  homeIntro: 'Your questions, commands and corrections in one place.',
  homeForGuests: 'Commands and reviews are for members of this workspace.',
  howToAsk: 'How to ask',
  notInCatalog: 'not in the catalog',
  nothingAsked: 'You have not asked anything yet. Write me a message with the code on the display, such as `E-02`.',
  noAnswer: 'no answer',
  beingAnswered: 'being answered',
  openAnswer: 'Open',
  rejectTitle: 'Reject',
  reviewTitle: 'Edit and approve',
  none: 'none',
  proposedHere: 'Proposed',
  catalogDiffers: 'The catalog says otherwise',
  otherWording: 'Only another wording: it can be taught as it is.',
  catalogForbids:
    'The catalog does not allow this, so no model would be believed that says it. Change the words, or ask for another catalog.',
  catalogWrongMeans: 'The correction is approved as a change of the catalog. It is taught once the catalog says so.',
  approvedDiffers: 'An approved correction says otherwise',
  approvedBefore: 'Approved before',
  sameQuestion: 'to the same question',
  waitsAsWell: 'Another one waits for the same question',
  mergeMeans: 'This one is closed as a duplicate. Its weight and its people go to the other one.',
  readsLikeOrder: 'This reads like an order to the model',
  ownWords: 'Nobody agreed yet that this is trained on. By approving it you make it your own and agree:',
  reviewKept: 'What you typed is kept for a day; the correction is free for others meanwhile.',
  merged: 'Merged. Its weight and its people went to the other one.',
  catalogRequested: 'Approved as a change of the catalog. It is taught once the catalog says so.',
  foundByHouse: 'found by a check, nobody wrote it',
  logLine: 'Log line',
  noCode: 'No code',
  approvedByYou: 'You approved this. It changes a command, so a second reviewer decides.',
  approvedFirst: 'Approved. It changes a command, so a second reviewer has to approve it too.',
  ownCorrection: 'Your own correction: somebody else reviews it.',
  correctionWaits: 'A correction waits for review',
  correctionSettled: 'A correction was settled',
  approvalMeans: 'It becomes training data for the next model.',
  correctionApproved: 'Approved. The next model learns it.',
  withdrawMeans: 'No later model learns from it, unless others proposed the same: for them it stays.',
  correctionRejected: 'Rejected. Its author was told why.',
  commandApproved: 'Approved. The command is on its way.',
  commandDenied: 'Denied. Nothing was sent.',
  commandWithdrawn: 'Withdrawn. Nothing was sent.',
  awaitsYou: 'A command waits for a second operator',
  noAnswersYet: 'No answers in the last 24 hours.',
  noVotesYet: 'No votes in the last 30 days.',
  sameAsBars: 'The same as bars:',
  exportUsage:
    'Write for example `/hydrocore export openai-sft since:30d code:E-02 reviewer:me reason:wrong_action new`, or `kind:log` for log lines; each part may be left out.',
  exportSince: 'Write a day such as 2026-11-01, or a while such as 30d or 12h.',
  exportCategory: 'Log lines are exported by category: Connectivity, Power, Sensor_Fault or Security.',
  exportReviewer: 'Mention the reviewer, write their user id, or `me`.',
  exportGoes: 'You get the file and its manifest in a direct message. Nobody else does.',
  exportUploading: 'The export is written and on its way to you.',
  exportStarted: 'I am writing the export. You get it in a direct message.',
  nothingToExport: 'Nothing to export: no correction is approved yet.',
  nothingMatches: 'Nothing to export: no approved correction fits these filters.',
  auditStarted: 'All steps come as a file in a direct message.',
  fileNotSent: 'The file could not be sent to you. Please try again in a minute.',
  modelMovedAlready: 'Somebody moved this model meanwhile. Nothing was changed; look again.',
  answersInstead: 'answers now (ASSISTANT_STRATEGY). The assistant below answers once that is `fine-tuned`.',
  lately: 'Lately',
  modelUsage:
    'Send `/hydrocore model` alone to see what is live, `/hydrocore model promote MODEL EVALUATION` to make a measured model live, or `/hydrocore model rollback MODEL` to put an earlier one back; a part such as `classifier` may follow.',
  notYetMoved: 'Nothing is changed until you press the button.',
  nothingSent: 'No command was ever offered there.',
  askTitle: 'Ask about a code',
  askQuestion: 'What is on the display, and on which device?',
  askExample: 'E-02 on HC5000-A-1138',
  askNotReached: 'I could not open a direct message with you. Please write me there.',
  asksInPrivate: 'I am not in this channel, so you find the answer in your direct messages with me.',
  answeredBefore: 'You asked me about this message before; the answer stands where I gave it then.',
  classified: 'This log line is about',
  logLineTitle: 'What is it about?',
  sortedAs: 'The assistant sorted it as',
  notSorted: 'The assistant could not sort it:',
  unclassified: 'I could not sort this log line. Try the whole line as the device wrote it.',
  chooseCategory: 'Tell us what it is about',
  logLineGone: 'This belongs to a log line I no longer have. Please send `/classify` again.',
  classifyUsage: 'Send the log line after the command: `/classify Device GW-01 failed to connect to MQTT broker`',
  diagnoseUsage: 'Send a code or a question after the command: `/diagnose E-02 HC5000-A-1138`',
  unknownSubcommand: 'I do not know that command. Here is what I can do:',
  installTitle: 'Install HydroCore Assistant',
  installBody: 'Slack will ask you what the assistant may do in your workspace. You can take it out again at any time.',
  installButton: 'Choose a workspace in Slack',
  installedTitle: 'HydroCore Assistant is installed',
  installedBody: 'Write it a message with an error code, or mention it in a channel it was invited to.',
  openSlack: 'Open Slack',
  notInstalledTitle: 'Not installed',
  installCancelled: 'Nothing was installed: Slack says that it was cancelled.',
  installStale: 'This page was opened in another browser, was used before, or is too old. Please begin again.',
} as const

/** What a person reads who proposed a correction. */
export const PROPOSED: Record<Submitted['how'], string> = {
  new: 'Thank you. Your correction is in the review queue; you will hear what becomes of it.',
  backed: 'Thank you. The same correction was proposed before; yours adds weight to it.',
  known: 'Thank you. You proposed this before, and it still waits for review.',
}

/** Around the model's name, by how it is asked. */
export const ASKED_AS: Record<Strategy, { before: string; after: string }> = {
  'fine-tuned': { before: 'assistant', after: '' },
  grounded: { before: 'base model', after: ' with the catalog’s facts' },
  base: { before: 'base model', after: ' without training or facts' },
}

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

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** How long, in the largest unit that fits: "3 minutes". */
export function duration(from: Date, to: Date): string {
  const millis = Math.max(1_000, to.getTime() - from.getTime())
  const [unit, length] = UNITS.find(([, one]) => millis >= one) ?? ['second', 1_000]
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(Math.floor(millis / length))
}

/** "Schedule battery replacement" */
export function scheduleWork(title: string): string {
  return `Schedule ${title.charAt(0).toLowerCase()}${title.slice(1)}`
}

/** How often the recommended command helped lately. */
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

/** What the author of a correction hears of its review; null when there is nothing to hear. The words are escaped. */
export function verdict(
  { status, target }: { status: string; target: string },
  { code, note, taught }: { code: string; note: string; taught: string },
): string | null {
  const yours = `Your correction${code ? ` for ${code}` : ''}`
  const next = target === 'catalog' ? 'It is taught once the catalog says so.' : 'The next model learns it.'
  const how = target === 'catalog' ? ' as a change of the catalog' : ''
  switch (status) {
    case 'approved':
      return `${yours} was approved${how}. ${next}`
    case 'edited_and_approved':
      return `${yours} was approved${how} with changes: “${taught}” ${next}`
    case 'rejected':
      return `${yours} was not taken over: ${note}`
    case 'duplicate':
      return `${yours} was proposed before, in other words. Yours adds weight to that one, and you will hear what becomes of it.`
    default:
      return null
  }
}

/** What the people of a correction hear when somebody else withdrew; `state` is one of {@link CORRECTION_STATES}. */
export function peopleNews(news: (typeof SUPPORTER_NOTICES)[number], code: string, state: string): string {
  const yours = `Your correction${code ? ` for ${code}` : ''}`
  return news === 'passed_on'
    ? `${yours} goes on in your name: who had proposed the same before you withdrew it. Its state: ${state}. You can withdraw it too, in my Home tab.`
    : `${yours} waits for review again, in your own words: the one it was merged into was withdrawn.`
}

/** How long corrections wait and how quickly they are decided, in one line. */
export function queueFigures(figures: ReviewFigures, days: number): string {
  const { waiting, decided, took } = figures
  const quick = took ? `, half of them within ${lengthOf(took.medianMs)}` : ''
  const wait = waiting === 0 ? [] : [waitingFigures(figures)]
  return [...wait, `${decided} decided in ${days} days${quick}`].join(' · ')
}

/** What one reviewer did. */
export function reviewerFigures({ approved, rejected, merged, took }: ReviewerStats): string {
  const counts = [`${approved} approved`, `${rejected} rejected`, ...(merged > 0 ? [`${merged} merged`] : [])]
  return `${counts.join(', ')}${took ? `, half within ${lengthOf(took.medianMs)}` : ''}`
}

/** What became of a correction, for its reviewers; null while it waits. */
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

/** The questions offered in an empty conversation. */
export const PROMPTS = [
  { title: 'Explain a code', message: 'My HydroCore unit HC5000-A-1138 is showing error E-02. What is wrong?' },
  { title: 'Low battery', message: 'What does W-10 mean?' },
  { title: 'Describe what you see', message: 'The turbidity reading is cloudy since the storm.' },
] as const

export function approvedOnce(person: string): string {
  return `Approved by ${person}. It changes a command, so a second reviewer has to approve it too.`
}

/** `person` is a mention, or a name from the terminal. */
export function reviewing(person: string): string {
  return `${person} is reviewing this.`
}

export function modelMoved(alias: string, model: string): string {
  return `${alias} is played by \`${model}\` again.`
}

export function nowPlays(alias: string, model: string): string {
  return `${alias} is played by \`${model}\` now.`
}

export function trialEnded(model: string): string {
  return `The trial of \`${model}\` has ended. The live model answers alone.`
}

export function waitForReview(count: number): string {
  return count === 1
    ? '1 correction waits for review. Open my Home tab to review it.'
    : `${count} corrections wait for review. Open my Home tab to review them.`
}

export function unknownFormat(formats: readonly string[]): string {
  return `I do not know that format. Use ${listOf(formats)}.`
}

/** What was typed is no device id. */
export function noSuchDevice(nearest: readonly string[]): string {
  return nearest.length > 0 ? `That is no device id. Did you mean ${listOf(nearest)}?` : 'That is no device id.'
}

/** What the author of a correction hears when a model that learnt from it answers. */
export function nowLive(code: string): string {
  return `Your correction${code ? ` for ${code}` : ''} is in the model that answers now. Thank you.`
}

/** How far an export is; `total` is no more than `done` where nobody knows it. */
export function exported(done: number, total: number): string {
  const number = (count: number) => new Intl.NumberFormat('en').format(count)
  return `I am writing the export: ${number(done)}${total > done ? ` of ${number(total)}` : ''} looked at.`
}
