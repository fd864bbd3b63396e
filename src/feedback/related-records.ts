import type { Selectable } from 'kysely'
import type { Store } from '../store/open.ts'
import type { CorrectionStepsTable } from '../store/tables.ts'
import type { CorrectionRow } from './records.ts'
import { APPROVED_STATUSES } from './review-states.ts'

export type StepRow = Selectable<CorrectionStepsTable>

/** What was done with a correction, the oldest step first. */
export async function listSteps(store: Store, id: string): Promise<StepRow[]> {
  return store.selectFrom('correction_steps').selectAll().where('correction_id', '=', id).orderBy('position').execute()
}

/**
 * Approved corrections of a code, the newest first. Each status is read by its own stretch of the index; asked for both
 * at once, the databases would sort all that was ever approved of the code.
 */
export async function listApprovedOfCode(store: Store, row: CorrectionRow, most: number): Promise<CorrectionRow[]> {
  const parts = await Promise.all(
    APPROVED_STATUSES.map((status) =>
      store
        .selectFrom('corrections')
        .selectAll()
        .where('code', '=', row.code)
        .where('status', '=', status)
        .where('kind', '=', row.kind)
        .where('id', '!=', row.id)
        .orderBy('reviewed_at', 'desc')
        .orderBy('id', 'desc')
        .limit(most)
        .execute(),
    ),
  )
  return parts
    .flat()
    .sort((a, b) => (b.reviewed_at ?? 0) - (a.reviewed_at ?? 0) || (a.id < b.id ? 1 : -1))
    .slice(0, most)
}

/** Corrections of the same question at these statuses, the newest first. */
export async function listSameQuestion(
  store: Store,
  row: CorrectionRow,
  { statuses, most }: { statuses: readonly string[]; most: number },
): Promise<CorrectionRow[]> {
  return store
    .selectFrom('corrections')
    .selectAll()
    .where('question_key', '=', row.question_key)
    .where('status', 'in', statuses)
    .where('kind', '=', row.kind)
    .where('id', '!=', row.id)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
}

/** Approved corrections that ask for a change of the catalog, in the order of their approval. */
export async function listForCatalog(store: Store): Promise<CorrectionRow[]> {
  return store
    .selectFrom('corrections')
    .selectAll()
    .where('aim', '=', 'catalog')
    .where('status', 'in', APPROVED_STATUSES)
    .orderBy('reviewed_at')
    .orderBy('id')
    .execute()
}

/** Corrections withdrawn since a time, the earliest first. */
export async function listWithdrawnSince(store: Store, since: number): Promise<CorrectionRow[]> {
  return store
    .selectFrom('corrections')
    .selectAll()
    .where('withdrawn_at', '>=', since)
    .orderBy('withdrawn_at')
    .orderBy('id')
    .execute()
}
