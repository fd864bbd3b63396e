import { listKeys, openKv } from '../../store/expiring.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { CorrectionDraft } from './corrections.ts'

/** How long an unfinished form is kept. */
export const DRAFT_KEPT_MS = 24 * 60 * 60 * 1_000

export type Drafts = {
  /** Saves what somebody has typed so far, replacing what they typed before about the same. */
  keep(of: DraftOf, draft: CorrectionDraft): Promise<void>
  /** What they had typed; null when nothing is saved, or no longer. */
  fetch(of: DraftOf): Promise<CorrectionDraft | null>
  /** The form was sent or given up. */
  drop(of: DraftOf): Promise<void>
  /** Nobody can send a form about this any more. */
  dropAbout(about: string): Promise<void>
}

/** Whose draft, and about what: an answer, or a correction under review. */
export type DraftOf = { author: Person; about: string }

const NAMESPACE = 'correction-drafts'

/** Unfinished correction forms, kept for a day and shared by all instances. */
export function openDrafts(store: Store): Drafts {
  const kept = openKv<unknown>(store, { namespace: NAMESPACE, ttlMs: DRAFT_KEPT_MS })
  const keyOf = ({ author, about }: DraftOf) => JSON.stringify([author.team, author.user, about])
  return {
    async keep(of, draft) {
      // PostgreSQL stores no NUL and no unpaired surrogates.
      const cleaned = Object.entries(draft).map(([field, text]) => [field, text?.toWellFormed().replaceAll('\0', '')])
      await kept.set(keyOf(of), CorrectionDraft.parse(Object.fromEntries(cleaned)))
    },
    async fetch(of) {
      const read = CorrectionDraft.safeParse(await kept.get(keyOf(of)))
      return read.success ? read.data : null
    },
    async drop(of) {
      await kept.delete(keyOf(of))
    },
    async dropAbout(about) {
      const end = `,${JSON.stringify(about)}]`
      await kept.deleteMany((await listKeys(store, NAMESPACE)).filter((key) => key.endsWith(end)))
    },
  }
}
