import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { TrialLooksTable } from '../../store/tables.ts'

export type Look = Selectable<TrialLooksTable>

/** The looks at one trial, the first ones first. */
export async function listLooks(store: Store, canaryId: string): Promise<Look[]> {
  return store
    .selectFrom('canary_analyses')
    .selectAll()
    .where('canary_id', '=', canaryId)
    .orderBy('measure')
    .orderBy('number')
    .execute()
}

/** Keeps a look. Of two instances that look at once the first one's counts: a look is taken once. */
export async function keepLook(store: Store, look: Look): Promise<void> {
  await store
    .insertInto('canary_analyses')
    .values(look)
    .onConflict((conflict) => conflict.columns(['canary_id', 'measure', 'number']).doNothing())
    .execute()
}
