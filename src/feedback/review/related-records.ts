import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { CorrectionStepsTable } from '../../store/tables.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { APPROVED_STATUSES } from '../corrections/state-machine.ts'
import { WITHDRAWALS } from '../corrections/supporter-records.ts'

export type StepRow = Selectable<CorrectionStepsTable>

/** The history of a correction, oldest first. */
export async function listSteps(store: Store, id: string): Promise<StepRow[]> {
  return store.selectFrom('correction_steps').selectAll().where('correction_id', '=', id).orderBy('position').execute()
}

/** Approved corrections of a code, newest first. */
export async function listApprovedOfCode(store: Store, row: CorrectionRow, most: number): Promise<CorrectionRow[]> {
  const found = await newestOfCode(store, row, { statuses: APPROVED_STATUSES, by: 'reviewed_at', most })
  return found.sort((a, b) => (b.reviewed_at ?? 0) - (a.reviewed_at ?? 0) || (a.id < b.id ? 1 : -1)).slice(0, most)
}

/** The newest corrections of a code at these statuses, so many of each. */
export function listNewestOfCode(
  store: Store,
  row: CorrectionRow,
  wanted: { statuses: readonly string[]; most: number },
): Promise<CorrectionRow[]> {
  return newestOfCode(store, row, { ...wanted, by: 'created_at' })
}

/**
 * Each status is read by its own stretch of the index; asked for all at once, the databases would sort everything there
 * ever was about the code.
 */
async function newestOfCode(
  store: Store,
  row: CorrectionRow,
  { statuses, by, most }: { statuses: readonly string[]; by: 'reviewed_at' | 'created_at'; most: number },
): Promise<CorrectionRow[]> {
  const parts = await Promise.all(
    statuses.map((status) =>
      store
        .selectFrom('corrections')
        .selectAll()
        .where('code', '=', row.code)
        .where('status', '=', status)
        .where('kind', '=', row.kind)
        .where('id', '!=', row.id)
        .orderBy(by, 'desc')
        .orderBy('id', 'desc')
        .limit(most)
        .execute(),
    ),
  )
  return parts.flat()
}

/** Corrections of the same question at these statuses, newest first. */
export async function listSameQuestion(
  store: Store,
  row: CorrectionRow,
  { statuses, most }: { statuses: readonly string[]; most: number },
): Promise<CorrectionRow[]> {
  return store
    .selectFrom('corrections')
    .selectAll()
    .where('question_hash', '=', row.question_hash)
    .where('status', 'in', statuses)
    .where('kind', '=', row.kind)
    .where('id', '!=', row.id)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
}

/** Approved requests for a change of the catalog, in order of approval. */
export async function listForCatalog(store: Store): Promise<CorrectionRow[]> {
  return store
    .selectFrom('corrections')
    .selectAll()
    .where('target', '=', 'catalog')
    .where('status', 'in', APPROVED_STATUSES)
    .orderBy('reviewed_at')
    .orderBy('id')
    .execute()
}

export type Withdrawal = {
  id: string
  code: string
  /** Who withdrew it, when, and whether it goes on in somebody else's name. */
  author: string
  at: number
  goesOn: boolean
}

/** Withdrawals since a time, oldest first. */
export async function listWithdrawalsSince(store: Store, since: number): Promise<Withdrawal[]> {
  const rows = await store
    .selectFrom('correction_steps as taken')
    .innerJoin('corrections', 'corrections.id', 'taken.correction_id')
    .select(['corrections.id', 'corrections.code', 'taken.actor', 'taken.at', 'taken.step'])
    .where('taken.step', 'in', WITHDRAWALS)
    .where('taken.at', '>=', since)
    .orderBy('taken.at')
    .orderBy('corrections.id')
    .orderBy('taken.position')
    .execute()
  return rows.map(({ actor, step, ...row }) => ({ ...row, author: actor, goesOn: step === 'author_withdrawn' }))
}
