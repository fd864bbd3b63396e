import { type CanaryRow, findRunningCanary, type ModelHistoryRow } from '../../diagnosis/model/model-records.ts'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import { enqueueModelNews } from '../admin-notices.ts'
import { type AliasRow, compareAndSetAlias } from './alias-records.ts'

export type NewHistoryEntry = Omit<ModelHistoryRow, 'id'>

/** Keeps what was done with an alias, and leaves word of it to the administrators: `told` where the record says more. */
async function saveHistoryEntry(store: Store, entry: NewHistoryEntry, notice: string = entry.reason): Promise<string> {
  const id = newId('mov', new Date(entry.changed_at))
  await store
    .insertInto('model_history')
    .values({ ...entry, id })
    .execute()
  const { alias, model, previous_model: previous, changed_by: by, evaluation_id: evaluation } = entry
  await enqueueModelNews(
    store,
    id,
    { kind: 'moved', move: entry.kind, alias, model, previous, by, reason: notice, evaluation },
    entry.changed_at,
  )
  return id
}

/**
 * Moves an alias if it still stands where the mover saw it, and ends what was tried beside it; null when somebody else
 * moved it in between, else the move's id.
 */
export async function recordPromotion(
  store: Store,
  entry: NewHistoryEntry,
  from: string | null,
  { told, figuresOf }: { told: string; figuresOf: (canary: CanaryRow) => Promise<string> },
): Promise<string | null> {
  const canary = await findRunningCanary(store, entry.alias)
  const figures = canary && (await figuresOf(canary))
  const { alias, model, previous_model, changed_by, reason, changed_at } = entry
  const row: AliasRow = { alias, model, previous_model, changed_by, reason, changed_at }
  return store.transaction().execute(async (transaction) => {
    if (!(await compareAndSetAlias(transaction, row, from))) return null
    const id = await saveHistoryEntry(transaction, entry, told)
    const outcome = canary?.model === model ? 'promoted' : 'overtaken'
    if (canary) await closeCanary(transaction, canary.id, { outcome, figures, ended_at: changed_at })
    return id
  })
}

/** Begins a trial; false when another one runs. */
export async function insertCanary(
  store: Store,
  canary: Pick<CanaryRow, 'id' | 'alias' | 'model' | 'live_model' | 'share' | 'started_by' | 'started_at' | 'ends_at'>,
  entry: NewHistoryEntry,
): Promise<boolean> {
  return store.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('canaries')
      .values({ ...canary, running_alias: canary.alias, outcome: null, ended_at: null, figures: null })
      .onConflict((conflict) => conflict.column('running_alias').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) return false
    await saveHistoryEntry(transaction, entry)
    return true
  })
}

/** Ends a trial, once: false when it has ended before. */
export async function endCanary(store: Store, id: string, end: CanaryEnd, entry: NewHistoryEntry): Promise<boolean> {
  return store.transaction().execute(async (transaction) => {
    if (!(await closeCanary(transaction, id, end))) return false
    await saveHistoryEntry(transaction, entry)
    return true
  })
}

export type CanaryEnd = Pick<CanaryRow, 'outcome' | 'figures' | 'ended_at'>

async function closeCanary(store: Store, id: string, end: CanaryEnd): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('canaries')
    .set({ ...end, running_alias: null })
    .where('id', '=', id)
    .where('running_alias', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function listRunningCanaries(store: Store): Promise<CanaryRow[]> {
  return store.selectFrom('canaries').selectAll().where('running_alias', 'is not', null).orderBy('started_at').execute()
}

/** The newest first. */
export async function listCanaries(store: Store, alias: string, limit: number): Promise<CanaryRow[]> {
  return store
    .selectFrom('canaries')
    .selectAll()
    .where('alias', '=', alias)
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
