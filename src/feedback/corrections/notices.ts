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
 * Leaves word that a correction is another one than it was. In the transaction that changes it: even if this process
 * dies, and wherever it runs, those who look at the correction in Slack see it.
 */
export async function enqueueReviewNotice(transaction: Store, correctionId: string, now: number): Promise<void> {
  const at = new Date(now)
  await enqueue(transaction, { topic: 'review', key: correctionId, runAt: at }, at)
}

/** What else its people hear: that it goes on in their name, or waits again in their own words. */
export const SUPPORTER_NOTICES = ['passed_on', 'reopened'] as const

/**
 * The same of what was done with it, a decision or one of {@link SUPPORTER_NOTICES}, for each of those who proposed it. Who
 * wrote at the terminal has no Slack to hear it in.
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

/** Of which correction somebody is to hear, who, and what beside its decision. */
export function parseNoticeKey(subject: string) {
  const [id = '', team = '', user = '', what] = subject.split(' ')
  return { id, person: { user, team }, news: SUPPORTER_NOTICES.find((news) => news === what) ?? null }
}
