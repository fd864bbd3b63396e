import { putErrand } from '../commands/errand-records.ts'
import type { Store } from '../store/open.ts'
import type { Person } from './person.ts'

/**
 * Leaves word that a correction is another one than it was. In the transaction that changes it: whatever becomes of
 * this process, and wherever it runs, those who look at the correction in Slack see it.
 */
export async function putReviewNews(transaction: Store, correctionId: string, now: number): Promise<void> {
  const at = new Date(now)
  await putErrand(transaction, { topic: 'review', subject: correctionId, dueAt: at }, at)
}

/** The same of a decision, for each of those who proposed it. Who wrote at the terminal has no Slack to hear it in. */
export async function putVerdicts(
  transaction: Store,
  correctionId: string,
  people: readonly Person[],
  now: number,
): Promise<void> {
  const at = new Date(now)
  for (const { user, team } of people) {
    if (team === 'terminal') continue
    const subject = [correctionId, team, user].join(' ')
    await putErrand(transaction, { topic: 'verdict', subject, dueAt: at }, at)
  }
}

/** Of which correction somebody is to hear, and who. */
export function readVerdictSubject(subject: string): { id: string; person: Person } {
  const [id = '', team = '', user = ''] = subject.split(' ')
  return { id, person: { user, team } }
}
