import { openKv } from '../../store/expiring.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { CorrectionDraft } from './corrections.ts'

/** An unfinished form waits this long for its author. */
export const DRAFT_KEPT_MS = 24 * 60 * 60 * 1_000

export type Drafts = {
  /** Keeps what somebody typed so far; what they typed before about the same is replaced. */
  keep(of: DraftOf, draft: CorrectionDraft): Promise<void>
  /** What they had typed; null when nothing is kept, or no longer. */
  fetch(of: DraftOf): Promise<CorrectionDraft | null>
  /** The form was sent or given up. */
  drop(of: DraftOf): Promise<void>
}

/** Whose, and of what: an answer, or a correction under review. */
export type DraftOf = { author: Person; about: string }

/** Unfinished correction forms, for a day, for all instances. */
export function openDrafts(store: Store): Drafts {
  const kept = openKv<unknown>(store, { namespace: 'correction-drafts', ttlMs: DRAFT_KEPT_MS })
  const keyOf = ({ author, about }: DraftOf) => JSON.stringify([author.team, author.user, about])
  return {
    async keep(of, draft) {
      // PostgreSQL stores no zero bytes, and no half characters.
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
  }
}
