import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { AliasesTable } from '../../store/tables.ts'

export type AliasRow = Selectable<AliasesTable>
export async function findAlias(store: Store, alias: string): Promise<AliasRow | null> {
  const row = await store.selectFrom('aliases').selectAll().where('alias', '=', alias).executeTakeFirst()
  return row ?? null
}

export async function listAliases(store: Store): Promise<AliasRow[]> {
  return store.selectFrom('aliases').selectAll().orderBy('alias').execute()
}

/** Moves an alias if it still stands where the mover saw it; false when somebody else moved it in between. */
export async function compareAndSetAlias(store: Store, to: AliasRow, from: string | null): Promise<boolean> {
  const { alias, ...changed } = to
  if (from === null) {
    const { numInsertedOrUpdatedRows } = await store
      .insertInto('aliases')
      .values(to)
      .onConflict((conflict) => conflict.column('alias').doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n
  }
  const { numUpdatedRows } = await store
    .updateTable('aliases')
    .set(changed)
    .where('alias', '=', alias)
    .where('model', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
