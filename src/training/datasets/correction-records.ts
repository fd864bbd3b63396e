import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { CorrectionsTable } from '../../store/tables.ts'

/** Corrections of either kind in these statuses that may be trained on, in the order of their review. */
export async function listConsented(
  store: Store,
  statuses: readonly string[],
): Promise<Selectable<CorrectionsTable>[]> {
  return store
    .selectFrom('corrections')
    .selectAll()
    .where('status', 'in', statuses)
    .where('consent', 'is not', null)
    .orderBy('reviewed_at')
    .orderBy('id')
    .execute()
}
