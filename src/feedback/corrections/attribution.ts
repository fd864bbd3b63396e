import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { markNotified, saveAttribution } from './attribution-records.ts'
import { getCorrection } from './correction-records.ts'
import type { CorrectionRow } from './correction-row.ts'
import { listProposers } from './supporter-records.ts'

/** Keeps which corrections a fine-tuning job learns from: its people hear when the model goes live. */
export async function recordAttribution(store: Store, jobId: string, correctionIds: readonly string[]): Promise<void> {
  await saveAttribution(store, jobId, [...new Set(correctionIds)])
}

export type AuthorNotice = { correction: CorrectionRow; people: readonly Person[] }

/**
 * The corrections that this model learnt from and whose people do not know yet that it is live. Each is given once, to
 * one instance, so that nobody hears it twice; one that was withdrawn is not given at all.
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
