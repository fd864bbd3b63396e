import type { Selectable } from 'kysely'
import type { Store } from '../store/open.ts'
import type { AliasesTable, CorrectionsTable, EvaluationsTable, JobsTable } from '../store/tables.ts'

export type JobRow = Selectable<JobsTable>
export type AliasRow = Selectable<AliasesTable>

const WITHOUT_MODEL = ['failed', 'cancelled']

/** Jobs of one identity: the same data on the same base model at the same trainer. */
export type JobKey = Pick<JobRow, 'base_url' | 'base_model' | 'data_sha256'>

/** The newest job of this identity that made a model or still may. */
export async function findSameJob(store: Store, key: JobKey): Promise<JobRow | null> {
  const row = await store
    .selectFrom('jobs')
    .selectAll()
    .where('base_url', '=', key.base_url)
    .where('base_model', '=', key.base_model)
    .where('data_sha256', '=', key.data_sha256)
    .where('status', 'not in', WITHOUT_MODEL)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

/**
 * Claims, or keeps, the right to start a job until a time, once for all processes; false when another one holds it.
 * The right of a process that died runs out by itself.
 */
export async function claimStart(store: Store, claim: StartClaim, now: number, until: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await store
    .insertInto('expiring')
    .values({ key: claim.key, value: JSON.stringify(claim.owner), expires_at: until })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ value: JSON.stringify(claim.owner), expires_at: until })
        .where((where) =>
          where.or([
            where('expiring.expires_at', '<=', now),
            where('expiring.value', '=', JSON.stringify(claim.owner)),
          ]),
        ),
    )
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function releaseStart(store: Store, claim: StartClaim): Promise<void> {
  await store
    .deleteFrom('expiring')
    .where('key', '=', claim.key)
    .where('value', '=', JSON.stringify(claim.owner))
    .execute()
}

export type StartClaim = { key: string; owner: string }

/** Keeps a job; one that is known already (found again after a crash) stays as it is. */
export async function saveJob(store: Store, job: JobRow): Promise<void> {
  await store
    .insertInto('jobs')
    .values(job)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export async function saveJobState(
  store: Store,
  id: string,
  state: Pick<JobRow, 'status' | 'model' | 'fault' | 'finished_at'>,
): Promise<void> {
  await store.updateTable('jobs').set(state).where('id', '=', id).execute()
}

/** Newest first. */
export async function listJobRows(store: Store): Promise<JobRow[]> {
  return store.selectFrom('jobs').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
}

export async function findAlias(store: Store, alias: string): Promise<AliasRow | null> {
  const row = await store.selectFrom('aliases').selectAll().where('alias', '=', alias).executeTakeFirst()
  return row ?? null
}

export async function listAliases(store: Store): Promise<AliasRow[]> {
  return store.selectFrom('aliases').selectAll().orderBy('alias').execute()
}

/** Moves an alias if it still stands where the mover saw it; false when somebody else moved it in between. */
export async function moveAlias(store: Store, to: AliasRow, from: string | null): Promise<boolean> {
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

export async function saveEvaluation(store: Store, evaluation: Selectable<EvaluationsTable>): Promise<void> {
  await store.insertInto('evaluations').values(evaluation).execute()
}

/** The stored report's text; null when there is no such evaluation. */
export async function findEvaluationText(store: Store, id: string): Promise<string | null> {
  const row = await store.selectFrom('evaluations').select('report').where('id', '=', id).executeTakeFirst()
  return row?.report ?? null
}

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
