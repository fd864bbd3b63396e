import type { Statement } from '../../diagnosis/answer.ts'
import type { Store } from '../../store/open.ts'
import type { Person } from '../person.ts'
import { contentKey, contentOf } from './content.ts'
import type { CorrectionRow } from './correction-row.ts'
import { CorrectionMissingError, NotDuplicateError } from './errors.ts'
import { enqueueDecisionNotices, enqueueReviewNotice } from './notices.ts'
import { APPROVED_STATUSES, OPEN_STATUSES } from './state-machine.ts'
import { addSupport, listProposers, listSupport, supportOf } from './supporter-records.ts'

/** More than any risk: one more proposal always outranks it. */
const RANK_PER_WEIGHT = 8

/** The lowest is reviewed first: most proposed, then riskiest. */
export function priorityOf(weight: number, risk: number): number {
  return -(weight * RANK_PER_WEIGHT + risk)
}

/** A step in a correction's history. */
export type NewStep = { step: string; by: Person; note?: string | null; contentBefore?: string | null }

/** Only after the correction was written in the same transaction, which keeps two steps from sharing a position. */
export async function addStep(store: Store, correctionId: string, step: NewStep, now: number): Promise<void> {
  const { count } = await store
    .selectFrom('correction_steps')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('correction_id', '=', correctionId)
    .executeTakeFirstOrThrow()
  await store
    .insertInto('correction_steps')
    .values({
      correction_id: correctionId,
      position: count + 1,
      at: now,
      step: step.step,
      actor: step.by.user,
      actor_team: step.by.team,
      note: step.note ?? null,
      content_before: step.contentBefore ?? null,
    })
    .execute()
}

/** Whether a proposal is new, adds weight to another one, or was already made by the same person. */
export type Submitted = { correction: CorrectionRow; how: 'new' | 'backed' | 'known' }

/**
 * Stores a proposal, or adds weight to the waiting one with the same content; returns that row. The same person with
 * the same answer adds weight once.
 */
export async function insertOrSupport(store: Store, row: CorrectionRow, now: number): Promise<Submitted> {
  const by = { user: row.author, team: row.author_team }
  for (;;) {
    const kept = await store.transaction().execute(async (transaction) => {
      const inserted = await transaction
        .insertInto('corrections')
        .values(row)
        .onConflict((conflict) => conflict.column('dedup_key').doNothing())
        .returningAll()
        .executeTakeFirst()
      if (inserted) {
        await addStep(transaction, row.id, { step: 'proposed', by }, now)
        await enqueueReviewNotice(transaction, row.id, now)
        return { correction: inserted, how: 'new' as const }
      }
      const waiting = await findOpen(transaction, row.dedup_key)
      if (!waiting) return null
      const known = { correction: waiting, how: 'known' as const }
      if (waiting.author === row.author && waiting.answer_id === row.answer_id) return known
      if ((await addSupport(transaction, [supportOf(row, waiting.id)])) === 0) return known
      await addStep(transaction, waiting.id, { step: 'proposed_again', by }, now)
      await endReviewBy(transaction, waiting.id, [row.author])
      await takeCareAs(transaction, waiting, row)
      await enqueueReviewNotice(transaction, waiting.id, now)
      return { correction: await addWeight(transaction, waiting.id, 1), how: 'backed' as const }
    })
    if (kept) return kept
    // It was decided in between, so the proposal is new.
  }
}

/** A correction, locked until the transaction ends. */
export async function holdCorrection(transaction: Store, id: string): Promise<CorrectionRow | null> {
  const row = await transaction
    .updateTable('corrections')
    .set(({ ref }) => ({ weight: ref('weight') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** The waiting row with this content, locked until the transaction ends. */
export async function findOpen(transaction: Store, openKey: string | null): Promise<CorrectionRow | null> {
  const row = await transaction
    .updateTable('corrections')
    .set(({ ref }) => ({ weight: ref('weight') }))
    .where('dedup_key', '=', openKey)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

export async function addWeight(store: Store, id: string, more: number): Promise<CorrectionRow> {
  return store
    .updateTable('corrections')
    .set(({ eb }) => ({
      weight: eb('weight', '+', more),
      priority: eb('priority', '-', more * RANK_PER_WEIGHT),
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function findCorrection(store: Store, id: string): Promise<CorrectionRow | null> {
  return (await store.selectFrom('corrections').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Somebody who proposed it too may no longer review it: their claim ends, and so does their first approval. */
export async function endReviewBy(store: Store, id: string, users: readonly string[]): Promise<void> {
  await store
    .updateTable('corrections')
    .set({ first_approver: null, first_approver_team: null, first_approved_at: null })
    .where('id', '=', id)
    .where('status', 'in', OPEN_STATUSES)
    .where('first_approver', 'in', users)
    .execute()
  await store
    .updateTable('corrections')
    .set({ status: 'proposed', lease_owner: null, lease_until: null })
    .where('id', '=', id)
    .where('status', '=', 'claimed')
    .where('lease_owner', 'in', users)
    .execute()
}

/** A command that changes against what any of its people were told takes two approvals. */
async function takeCareAs(store: Store, waiting: CorrectionRow, also: CorrectionRow): Promise<void> {
  if (also.approvals_needed <= waiting.approvals_needed && also.risk <= waiting.risk) return
  const risk = Math.max(waiting.risk, also.risk)
  const approvals_needed = also.approvals_needed === 2 ? 2 : waiting.approvals_needed
  await store
    .updateTable('corrections')
    .set(({ eb }) => ({ approvals_needed, risk, priority: eb(eb('weight', '*', -RANK_PER_WEIGHT), '-', risk) }))
    .where('id', '=', waiting.id)
    .execute()
}

/** The columns a review may change. */
export type CorrectionChange = Partial<Omit<CorrectionRow, 'id' | 'answer_id' | 'source' | 'kind' | 'created_at'>>

/**
 * Changes a correction if its status, claim, approvals and author are still those that were read, and adds the step to
 * its history; false otherwise. With `into`, its weight and people go to that correction.
 */
export async function changeCorrection(
  store: Store,
  read: CorrectionRow,
  change: CorrectionChange,
  { step, into, now }: { step: NewStep | null; into?: string | undefined; now: number },
): Promise<boolean> {
  return store.transaction().execute((transaction) => changeIn(transaction, read, change, { step, into, now }))
}

/** The same within a transaction. */
export async function changeIn(
  transaction: Store,
  read: CorrectionRow,
  change: CorrectionChange,
  { step, into, now }: { step: NewStep | null; into?: string | undefined; now: number },
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('corrections')
    .set(change)
    .$if(change.risk !== undefined, (query) =>
      query.set(({ eb }) => ({
        priority: eb(eb('weight', '*', -RANK_PER_WEIGHT), '-', change.risk ?? 0),
      })),
    )
    .where('id', '=', read.id)
    .where('status', '=', read.status)
    .where('lease_owner', 'is not distinct from', read.lease_owner)
    .where('lease_until', 'is not distinct from', read.lease_until)
    // Somebody who proposes the same or withdraws meanwhile may change how many must approve, and who is told.
    .where('first_approver', 'is not distinct from', read.first_approver)
    .where('approvals_needed', '=', read.approvals_needed)
    .where('author', '=', read.author)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  const changed = { ...read, ...change }
  if (isDecided(read, changed)) {
    const people = await listProposers(transaction, read)
    await enqueueDecisionNotices(transaction, { id: read.id, people, what: changed.status }, now)
  }
  if (step) {
    await addStep(transaction, read.id, step, now)
    await enqueueReviewNotice(transaction, read.id, now)
  }
  if (into !== undefined) await moveSupport(transaction, read, into, now)
  if (changed.status !== read.status) await supersede(transaction, changed)
  return true
}

/** Whether this step decided it, other than a withdrawal by its author. */
function isDecided(before: CorrectionRow, after: CorrectionRow): boolean {
  const isOpen = ({ status }: CorrectionRow) => OPEN_STATUSES.some((open) => open === status)
  return isOpen(before) && !isOpen(after) && after.status !== 'withdrawn'
}

/**
 * Of several approved corrections of one question the last is taught; if it's withdrawn, the one before is taught
 * again.
 */
async function supersede(store: Store, row: CorrectionRow): Promise<void> {
  if (row.status === 'withdrawn')
    await store.updateTable('corrections').set({ superseded_by: null }).where('superseded_by', '=', row.id).execute()
  if (row.target === 'catalog' || row.consent === null || !APPROVED_STATUSES.some((status) => status === row.status))
    return
  await store
    .updateTable('corrections')
    .set({ superseded_by: row.id })
    .where('question_hash', '=', row.question_hash)
    .where('question_hash', '!=', '')
    .where('kind', '=', row.kind)
    .where('status', 'in', APPROVED_STATUSES)
    .where('superseded_by', 'is', null)
    .where('id', '!=', row.id)
    .execute()
}

/** Everybody who proposed the one now supports the other: in these words, or in those of the closed one. */
export async function moveSupport(store: Store, from: CorrectionRow, into: string, now: number): Promise<void> {
  const other = await holdCorrection(store, into)
  const takesMore = [...OPEN_STATUSES, ...APPROVED_STATUSES].some((status) => status === other?.status)
  if (!other || !takesMore) throw new NotDuplicateError(from.id, into, 'it was closed meanwhile')
  const isSame = contentKey(contentOf(from)) === contentKey(contentOf(other))
  const moved = [supportOf(from, into), ...(await listSupport(store, from.id))].map((one) => ({
    ...one,
    correction_id: into,
    merged_from: one.merged_from ?? (isSame ? null : from.id),
  }))
  await addWeight(store, into, await addSupport(store, moved))
  await endReviewBy(
    store,
    into,
    moved.map(({ supporter }) => supporter),
  )
  await enqueueReviewNotice(store, into, now)
}

/** One correction. Throws CorrectionMissingError. */
export async function getCorrection(store: Store, id: string): Promise<CorrectionRow> {
  const row = await findCorrection(store, id)
  if (!row) throw new CorrectionMissingError(id)
  return row
}

/** As many wordings of one code as anybody taught. */
const MAX_STATEMENTS = 50

/** What approved corrections, none withdrawn, say of a code; the newest first. */
export async function listApprovedStatements(store: Store, code: string): Promise<Statement[]> {
  return store
    .selectFrom('corrections')
    .select(['code', 'problem', 'action', 'command', 'fallback'])
    .where('code', '=', code)
    .where('status', 'in', APPROVED_STATUSES)
    .where('kind', '=', 'answer')
    .where('target', '=', 'model')
    .where('action', '!=', '')
    .where('withdrawn_at', 'is', null)
    .orderBy('reviewed_at', 'desc')
    .limit(MAX_STATEMENTS)
    .execute()
}
