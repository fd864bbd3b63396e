import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { AliasesTable, CanariesTable, ModelHistoryTable } from '../../store/tables.ts'

export type ModelHistoryRow = Selectable<ModelHistoryTable>
export type CanaryRow = Selectable<CanariesTable>

/** What was done with the models, the newest first. */
export async function listModelHistory(
  store: Store,
  { alias = null, most = null }: { alias?: string | null; most?: number | null } = {},
): Promise<ModelHistoryRow[]> {
  return store
    .selectFrom('model_history')
    .selectAll()
    .$if(alias !== null, (query) => query.where('alias', '=', alias ?? ''))
    .orderBy('changed_at', 'desc')
    .orderBy('id', 'desc')
    .$if(most !== null, (query) => query.limit(most ?? 0))
    .execute()
}

/** The model that is tried now beside the live one; null when none is. */
export async function findRunningCanary(store: Store, alias: string): Promise<CanaryRow | null> {
  const row = await store.selectFrom('canaries').selectAll().where('running_alias', '=', alias).executeTakeFirst()
  return row ?? null
}

export async function findAliasedModel(store: Store, alias: string): Promise<string | null> {
  const row = await store.selectFrom('aliases').select('model').where('alias', '=', alias).executeTakeFirst()
  return row?.model ?? null
}

/** The aliases that were ever moved; one that was not stands for the configured model. */
export async function listLiveAliases(store: Store): Promise<LiveAlias[]> {
  return store.selectFrom('aliases').selectAll().orderBy('alias').execute()
}

export type LiveAlias = Selectable<AliasesTable>
