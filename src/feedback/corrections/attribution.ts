import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { markNotified, saveAttribution } from './attribution-records.ts'
import { getCorrection } from './correction-records.ts'
import type { CorrectionRow } from './correction-row.ts'
import { listProposers } from './supporter-records.ts'

/** Records which corrections a job learns from, so that their people can be told when the model goes live. */
export async function recordAttribution(store: Store, jobId: string, correctionIds: readonly string[]): Promise<void> {
  await saveAttribution(store, jobId, [...new Set(correctionIds)])
}

export type AuthorNotice = { correction: CorrectionRow; people: readonly Person[] }

/**
 * Corrections this model learnt from whose people don't know yet that it's live. Each is given once, to one instance,
 * so that nobody hears it twice; withdrawn ones aren't given.
 */
export async function takeAuthorNotices(store: Store, model: string, now: number): Promise<AuthorNotice[]> {
  const news: AuthorNotice[] = []
  for (const id of await markNotified(store, model, now)) {
    const correction = await getCorrection(store, id)
    if (correction.status === 'withdrawn') continue
    const people = await listProposers(store, correction)
    if (people.length > 0) news.push({ correction, people })
  }
  return news
}
