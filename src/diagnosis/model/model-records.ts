import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { AliasesTable, CanariesTable, ModelHistoryTable } from '../../store/tables.ts'

export type ModelHistoryRow = Selectable<ModelHistoryTable>
export type CanaryRow = Selectable<CanariesTable>

/** The history of the models, newest first. */
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

/** The canary in progress; null when there is none. */
export async function findRunningCanary(store: Store, alias: string): Promise<CanaryRow | null> {
  const row = await store.selectFrom('canaries').selectAll().where('running_alias', '=', alias).executeTakeFirst()
  return row ?? null
}

export async function findAliasedModel(store: Store, alias: string): Promise<string | null> {
  const row = await store.selectFrom('aliases').select('model').where('alias', '=', alias).executeTakeFirst()
  return row?.model ?? null
}

/** The aliases that were ever changed; the others stand for the configured model. */
export async function listLiveAliases(store: Store): Promise<LiveAlias[]> {
  return store.selectFrom('aliases').selectAll().orderBy('alias').execute()
}

export type LiveAlias = Selectable<AliasesTable>
