import type { CorrectionReason } from './corrections/corrections.ts'
import type { CorrectionStatus } from './corrections/status.ts'
import type { SkipReason } from './exports/lines.ts'
import type { ReviewFigures } from './review/stats.ts'
import type { Withdrawn } from './review/withdraw.ts'

/** What reviewers read, in Slack as in the terminal. */
export const REVIEW_WORDS = {
  queueEmpty: 'The queue is empty. Nothing waits for review.',
  catalogDiffers: 'The catalog says otherwise',
  otherWording: 'Only another wording: it can be taught as it is.',
  newAdvice: 'New advice: the catalog says nothing of it, so two reviewers have to approve it. New words:',
  catalogForbids:
    'The catalog does not allow this, so no model would be believed that says it. Change the words, or ask for another catalog.',
  approvedDiffers: 'An approved correction says otherwise',
  sameQuestion: 'to the same question',
  waitsAsWell: 'Another one waits for the same question',
  readsLikeOrder: 'This reads like an order to the model',
  catalogRequested: 'Approved as a change of the catalog. It is taught once the catalog says so.',
  approvedFirst: 'Approved. It changes what people are told to do, so a second reviewer has to approve it too.',
  correctionApproved: 'Approved. The next model learns it.',
  exportCategory: 'Log lines are exported by category: Connectivity, Power, Sensor_Fault or Security.',
  nothingToExport: 'Nothing to export: no correction is approved yet.',
  nothingMatches: 'Nothing to export: no approved correction fits these filters.',
} as const

/** What may be wrong with an answer. */
export const REASONS: Record<CorrectionReason, string> = {
  wrong_meaning: 'It explained the code wrongly',
  wrong_action: 'It recommended the wrong action',
  wrong_command: 'It recommended the wrong command',
  outdated: 'It is out of date',
  unclear: 'It is hard to understand',
  should_not_have_answered: 'It should not have answered',
}

/** A correction's status, for its author. */
export const CORRECTION_STATES: Record<CorrectionStatus, string> = {
  proposed: 'waits for review',
  claimed: 'is being reviewed',
  approved: 'approved',
  edited_and_approved: 'approved with changes',
  rejected: 'not taken over',
  duplicate: 'was proposed before',
  withdrawn: 'withdrawn',
}

/** Above a correction that may be repeated by another one. */
export function likelyWords(status: string, isSameAnswer: boolean): string {
  const how = isSameAnswer ? 'with the same answer' : 'with another answer'
  return `Perhaps the same in other words, ${how} · ${CORRECTION_STATES[status as CorrectionStatus] ?? status}`
}

/** What a difference from the catalog that can be taught means to a reviewer. */
export function adviceWords(newAdvice: readonly string[]): string {
  if (newAdvice.length === 0) return REVIEW_WORDS.otherWording
  return `${REVIEW_WORDS.newAdvice} ${newAdvice.slice(0, MAX_NEW_WORDS).join(', ')}`
}

const MAX_NEW_WORDS = 12

/** 5,400,000 as `1.5 h`. */
export function lengthOf(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–'
  const minutes = ms / 60000
  if (minutes < 60) return `${Math.max(1, Math.round(minutes))} min`
  return minutes < 60 * 48 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 60 / 24).toFixed(1)} days`
}

/** How many corrections wait, and how long. */
export function waitingFigures({
  waiting,
  awaitSecond,
  oldestMs,
}: Pick<ReviewFigures, 'waiting' | 'awaitSecond' | 'oldestMs'>): string {
  const second = awaitSecond > 0 ? `, ${awaitSecond} of them for a second approval` : ''
  const oldest = oldestMs === null ? '' : `, the oldest for ${lengthOf(oldestMs)}`
  return `${waiting === 1 ? '1 waits' : `${waiting} wait`}${second}${oldest}`
}

/** Beyond this, ids aren't worth reading; the terminal lists them all. */
export const MAX_EXPORTS = 5
export const STAYS = 'Withdrawn. Others proposed the same, so it stays for them, and weighs less.'

/** Shown after a withdrawal: the outcome, and which earlier exports contain the correction. */
export function withdrawn({ how, exports }: Withdrawn): string {
  if (exports.length === 0) return how === 'withdrawn' ? 'Withdrawn. Nobody learns from it.' : STAYS
  const more = exports.length - MAX_EXPORTS
  const named = [...exports.slice(0, MAX_EXPORTS), ...(more > 0 ? [`${more} more`] : [])]
  const list = new Intl.ListFormat('en', { type: 'conjunction' }).format(named)
  const made = `${exports.length === 1 ? 'an export' : 'exports'} made before (${list})`
  return how === 'withdrawn'
    ? `Withdrawn. It is in ${made}; later ones leave it out.`
    : `${STAYS} It is in ${made} in your name; later ones do not name you.`
}

export const LEFT_OUT: Record<SkipReason, string> = {
  no_consent: 'nobody agreed to it',
  contradicts_catalog: 'against the catalog',
  superseded: 'replaced by a newer one',
  nothing_answered: 'nothing was answered',
  equal_pair: 'both answers are the same',
  special_token: 'holds a reserved word',
  undecided: 'votes are undecided',
  not_one_answer: 'more than one answer',
}

/** What an export skipped and why; null when nothing. */
export function leftOutWords(leftOut: Partial<Record<SkipReason, number>>): string | null {
  const parts = Object.entries(leftOut).flatMap(([why, count]) =>
    count ? [`${count} (${LEFT_OUT[why as SkipReason] ?? why.replaceAll('_', ' ')})`] : [],
  )
  return parts.length > 0 ? `Left out: ${parts.join(', ')}` : null
}
