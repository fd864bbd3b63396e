import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { type Content, contentKey, contentOf, questionHash } from './content.ts'
import { insertOrSupport, priorityOf, type Submitted } from './correction-records.ts'
import type { CorrectionRow } from './correction-row.ts'
import { type CatalogAlignment, cautionFor } from './teachability.ts'

export type NewCorrection = {
  content: Content
  standing: CatalogAlignment
  source: CorrectionRow['source']
  note: string | null
  /** Null for automatic proposals: they aren't exported before a person takes them over. */
  consent: string | null
  author: Person
  answerId: string | null
  originalText: string
  model: string | null
  catalogVersion: string
}

/**
 * Adds a correction to the queue, or weight to the waiting one that says the same; `target` says whether it asks for a
 * change of the catalog.
 */
export async function submit(store: Store, entry: NewCorrection, now: number): Promise<Submitted> {
  const { standing, author, source } = entry
  const content = contentOf(entry.content)
  const care = cautionFor(content, standing, entry.originalText)
  const key = contentKey(content)
  const row: CorrectionRow = {
    id: newId('cor', new Date(now)),
    answer_id: entry.answerId,
    source,
    status: 'proposed',
    target: standing.target,
    catalog_fingerprint: standing.catalogFingerprint,
    ...content,
    ...care,
    question_hash: questionHash(content.question),
    note: entry.note,
    original_text: entry.originalText,
    model: entry.model,
    catalog_version: entry.catalogVersion,
    author: author.user,
    author_team: author.team,
    consent: entry.consent,
    weight: 1,
    priority: priorityOf(1, care.risk),
    // Automatic proposals have nobody's consent, so a person's proposal never merges into one.
    dedup_key: source === 'person' ? key : `${source}:${key}`,
    lease_owner: null,
    lease_until: null,
    first_approver: null,
    first_approver_team: null,
    first_approved_at: null,
    is_edited: 0,
    reviewer: null,
    reviewer_team: null,
    review_note: null,
    created_at: now,
    reviewed_at: null,
    withdrawn_at: null,
    superseded_by: null,
  }
  return insertOrSupport(store, row, now)
}
