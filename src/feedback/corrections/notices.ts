import { enqueue } from '../../outbox/outbox-records.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'

declare module '../../outbox/topics.ts' {
  interface OutboxTopics {
    /** A correction whose message to the reviewers is out of date. */
    review: 'correction id'
    /** A decided correction whose people have not been notified. */
    verdict: 'correction id and person'
  }
}

/**
 * Enqueues a refresh of the reviewers' message, in the transaction that changes the correction: it's shown even if this
 * process dies, wherever it runs.
 */
export async function enqueueReviewNotice(transaction: Store, correctionId: string, now: number): Promise<void> {
  const at = new Date(now)
  await enqueue(transaction, { topic: 'review', key: correctionId, runAt: at }, at)
}

/** Other notices to its people: it goes on in their name, or waits again in their own words. */
export const SUPPORTER_NOTICES = ['passed_on', 'reopened'] as const

/**
 * Enqueues a notice about a decision or one of {@link SUPPORTER_NOTICES} to everybody who proposed it. Authors at the
 * terminal have no Slack to receive it.
 */
export async function enqueueDecisionNotices(
  transaction: Store,
  { id, people, what }: { id: string; people: readonly Person[]; what: string },
  now: number,
): Promise<void> {
  const at = new Date(now)
  for (const { user, team } of people) {
    if (team === 'terminal') continue
    const subject = [id, team, user, what].join(' ')
    await enqueue(transaction, { topic: 'verdict', key: subject, runAt: at }, at)
  }
}

/** Which correction to notify about, whom, and what beside its decision. */
export function parseNoticeKey(subject: string) {
  const [id = '', team = '', user = '', what] = subject.split(' ')
  return { id, person: { user, team }, news: SUPPORTER_NOTICES.find((news) => news === what) ?? null }
}
