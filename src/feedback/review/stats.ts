import type { Store } from '../../store/open.ts'
import { OPEN_STATUSES } from '../corrections/state-machine.ts'
import { countWaiting, type Decision, listDecisions, listWaiting } from './queue-records.ts'

/** Median and 95th percentile of durations; null without any. */
export type Distribution = { medianMs: number; p90Ms: number } | null

export type ReviewerStats = {
  reviewer: string
  approved: number
  rejected: number
  merged: number
  /** From the proposal to this reviewer's decision. */
  took: Distribution
}

/** Figures that are quick to compute at any queue length. */
export type ReviewFigures = {
  waiting: number
  /** Of these, how many have one approval and need a second. */
  awaitSecond: number
  oldestMs: number | null
  decided: number
  took: Distribution
  reviewers: readonly ReviewerStats[]
}

export type QueueStats = ReviewFigures & { age: Distribution; since: number; perDay: number }

const DAY_MS = 86_400_000
const APPROVING = [
  'approved',
  'approved_first',
  'edited',
  'edited_first',
  'approved_for_catalog',
  'approved_for_catalog_first',
]
const DECIDING = [...APPROVING, 'rejected', 'duplicate']

/** How long corrections wait, and who decides how many how quickly. */
export async function readQueueStats(
  store: Store,
  { since, now }: { since: number; now: number },
): Promise<QueueStats> {
  const [waiting, decisions] = await Promise.all([
    listWaiting(store, OPEN_STATUSES),
    listDecisions(store, since, DECIDING),
  ])
  const ages = waiting.map(({ created_at }) => now - created_at)
  return {
    waiting: waiting.length,
    awaitSecond: waiting.filter(({ first_approver }) => first_approver !== null).length,
    oldestMs: ages.length === 0 ? null : Math.max(0, ages[0] ?? 0),
    age: spread(ages),
    since,
    perDay: decisions.length / Math.max(1, (now - since) / DAY_MS),
    ...decidedBy(decisions),
  }
}

/** The same without the ages of everything that waits, for paging through the queue. */
export async function readReviewFigures(
  store: Store,
  { since, now }: { since: number; now: number },
): Promise<ReviewFigures> {
  const [{ waiting, awaitSecond, oldest }, decisions] = await Promise.all([
    countWaiting(store, OPEN_STATUSES),
    listDecisions(store, since, DECIDING),
  ])
  return {
    waiting,
    awaitSecond,
    oldestMs: oldest === null ? null : Math.max(0, now - oldest),
    ...decidedBy(decisions),
  }
}

/** The busiest first. */
function decidedBy(decisions: readonly Decision[]): Pick<ReviewFigures, 'decided' | 'took' | 'reviewers'> {
  const tookOf = (made: readonly Decision[]) => spread(made.map(({ at, created_at }) => at - created_at))
  const reviewers = [...Map.groupBy(decisions, ({ actor }) => actor)].map(([reviewer, made]) => ({
    reviewer,
    approved: made.filter(({ step }) => APPROVING.includes(step)).length,
    rejected: made.filter(({ step }) => step === 'rejected').length,
    merged: made.filter(({ step }) => step === 'duplicate').length,
    took: tookOf(made),
  }))
  return {
    decided: decisions.length,
    took: tookOf(decisions),
    reviewers: reviewers.sort((a, b) => b.approved + b.rejected + b.merged - (a.approved + a.rejected + a.merged)),
  }
}

function spread(durations: readonly number[]): Distribution {
  if (durations.length === 0) return null
  const sorted = durations.toSorted((a, b) => a - b)
  const at = (share: number) => Math.max(0, sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { medianMs: at(0.5), p90Ms: at(0.9) }
}
