import type { Selectable } from 'kysely'
import type { Store } from '../store/open.ts'
import type { CorrectionsTable, ExportsTable, VoteMarksTable } from '../store/tables.ts'
import { APPROVED_STATUSES } from './review-states.ts'
import type { MarkEvent } from './votes.ts'

export type MarkRow = Pick<
  Selectable<VoteMarksTable>,
  'voter' | 'voter_team' | 'mark' | 'value' | 'is_set' | 'event_ts'
>
export type CorrectionRow = Selectable<CorrectionsTable>

export async function hasAnswer(store: Store, id: string): Promise<boolean> {
  return (await store.selectFrom('answers').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

export function listMarks(store: Store, answerId: string): Promise<MarkRow[]> {
  return store
    .selectFrom('vote_marks')
    .select(['voter', 'voter_team', 'mark', 'value', 'is_set', 'event_ts'])
    .where('answer_id', '=', answerId)
    .execute()
}

/** Keeps a mark's newest event. Of two at the same moment one wins by what it says, whichever comes first. */
export async function writeMark(store: Store, event: MarkEvent): Promise<void> {
  await store
    .insertInto('vote_marks')
    .values({
      answer_id: event.answerId,
      voter_team: event.voter.team,
      voter: event.voter.user,
      mark: event.mark,
      value: event.value,
      is_set: event.isSet ? 1 : 0,
      event_ts: event.eventTs,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['answer_id', 'voter_team', 'voter', 'mark'])
        .doUpdateSet(({ ref }) => ({
          value: ref('excluded.value'),
          is_set: ref('excluded.is_set'),
          event_ts: ref('excluded.event_ts'),
        }))
        .where((where) => {
          const isSameTime = where('excluded.event_ts', '=', where.ref('vote_marks.event_ts'))
          return where.or([
            where('excluded.event_ts', '>', where.ref('vote_marks.event_ts')),
            where.and([isSameTime, where('excluded.is_set', '>', where.ref('vote_marks.is_set'))]),
            where.and([
              isSameTime,
              where('excluded.is_set', '=', where.ref('vote_marks.is_set')),
              where('excluded.value', '>', where.ref('vote_marks.value')),
            ]),
          ])
        }),
    )
    .execute()
}

/** Stores a proposal, or adds weight to the waiting one with the same content; returns the row that holds it. */
export async function insertOrAddWeight(store: Store, row: CorrectionRow): Promise<CorrectionRow> {
  for (;;) {
    const written = await store
      .insertInto('corrections')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .column('open_key')
          .doUpdateSet(({ eb }) => ({ weight: eb('corrections.weight', '+', 1) }))
          .where((where) =>
            where.or([
              where('corrections.author', '!=', row.author),
              where('corrections.answer_id', 'is distinct from', row.answer_id),
            ]),
          ),
      )
      .returningAll()
      .executeTakeFirst()
    if (written) return written
    const waiting = await store
      .selectFrom('corrections')
      .selectAll()
      .where('open_key', '=', row.open_key)
      .executeTakeFirst()
    if (waiting) return waiting
    // It was decided in between, so the proposal is a new one.
  }
}

export async function findCorrection(store: Store, id: string): Promise<CorrectionRow | null> {
  return (await store.selectFrom('corrections').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** What a review may change. */
export type CorrectionChange = Partial<
  Pick<
    CorrectionRow,
    | 'status'
    | 'question'
    | 'code'
    | 'problem'
    | 'action'
    | 'command'
    | 'fallback'
    | 'open_key'
    | 'lease_owner'
    | 'lease_until'
    | 'reviewer'
    | 'reviewer_team'
    | 'review_note'
    | 'reviewed_at'
  >
>

/** Changes a correction if its status and claim are still those that were read; false when they are not. */
export async function changeCorrection(
  store: Store,
  read: Pick<CorrectionRow, 'id' | 'status' | 'lease_owner' | 'lease_until'>,
  change: CorrectionChange,
): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('corrections')
    .set(change)
    .where('id', '=', read.id)
    .where('status', '=', read.status)
    .where('lease_owner', 'is not distinct from', read.lease_owner)
    .where('lease_until', 'is not distinct from', read.lease_until)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Where a page ends, and the next one goes on. */
export type QueuePlace = Pick<CorrectionRow, 'weight' | 'created_at' | 'id'>

/** One page of the queue: the most proposed first, of these the oldest. */
export function listQueue(
  store: Store,
  { statuses, size, after }: { statuses: readonly string[]; size: number; after: QueuePlace | null },
): Promise<CorrectionRow[]> {
  const page = store
    .selectFrom('corrections')
    .selectAll()
    .where('status', 'in', statuses)
    .orderBy('weight', 'desc')
    .orderBy('created_at')
    .orderBy('id')
    .limit(size)
  if (!after) return page.execute()
  return page
    .where((where) =>
      where.or([
        where('weight', '<', after.weight),
        where.and([where('weight', '=', after.weight), where('created_at', '>', after.created_at)]),
        where.and([
          where('weight', '=', after.weight),
          where('created_at', '=', after.created_at),
          where('id', '>', after.id),
        ]),
      ]),
    )
    .execute()
}

export function countStatuses(store: Store): Promise<{ status: string; count: number }[]> {
  return store
    .selectFrom('corrections')
    .select(['status', ({ fn }) => fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute()
}

/** The exports that hold a correction, the oldest first. */
export async function listExportsWith(store: Store, correctionId: string): Promise<string[]> {
  const rows = await store
    .selectFrom('export_rows')
    .select('export_id')
    .where('correction_id', '=', correctionId)
    .orderBy('export_id')
    .execute()
  return rows.map(({ export_id }) => export_id)
}

/**
 * The next corrections in the order of their ids, which is that of their age. Of every status: asked for some of them,
 * both databases would rather sort all of those anew for each page than follow the key.
 */
export function listByAge(store: Store, { after, size }: { after: string; size: number }): Promise<CorrectionRow[]> {
  return store.selectFrom('corrections').selectAll().where('id', '>', after).orderBy('id').limit(size).execute()
}

export type ExportRow = Selectable<ExportsTable>

export async function findExport(store: Store, id: string): Promise<ExportRow | null> {
  return (await store.selectFrom('exports').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** The next lines of an export with their corrections. Two look-ups by key: a join makes PostgreSQL read whole tables. */
export async function listExported(
  store: Store,
  id: string,
  { after, size }: { after: number; size: number },
): Promise<{ position: number; correction: CorrectionRow }[]> {
  const lines = await store
    .selectFrom('export_rows')
    .select(['position', 'correction_id'])
    .where('export_id', '=', id)
    .where('position', '>', after)
    .where('position', '<=', after + size)
    .orderBy('position')
    .execute()
  if (lines.length === 0) return []
  const ids = lines.map(({ correction_id }) => correction_id)
  const corrections = await store.selectFrom('corrections').selectAll().where('id', 'in', ids).execute()
  const byId = new Map(corrections.map((correction) => [correction.id, correction]))
  return lines.flatMap(({ position, correction_id }) => {
    const correction = byId.get(correction_id)
    return correction ? [{ position, correction }] : []
  })
}

export async function insertExport(store: Store, row: ExportRow): Promise<void> {
  await store.insertInto('exports').values(row).execute()
}

export async function insertExportRows(
  store: Store,
  exportId: string,
  lines: readonly { position: number; sha256: string; correction: string }[],
): Promise<void> {
  await store
    .insertInto('export_rows')
    .values(
      lines.map(({ position, sha256, correction }) => ({
        export_id: exportId,
        position,
        correction_id: correction,
        sha256,
      })),
    )
    .execute()
}

/** How many corrections of an export are still approved: fewer than its rows when some were withdrawn. */
export async function countStillApproved(store: Store, exportId: string): Promise<number> {
  const { count } = await store
    .selectFrom('export_rows')
    .innerJoin('corrections', 'corrections.id', 'export_rows.correction_id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('export_rows.export_id', '=', exportId)
    .where('corrections.status', 'in', APPROVED_STATUSES)
    .executeTakeFirstOrThrow()
  return count
}
