import type { Selectable } from 'kysely'
import type { ModelNews } from '../../diagnosis/model/model-news.ts'
import type { Store } from '../../store/open.ts'
import type { JobsTable } from '../../store/tables.ts'
import { enqueueModelNews } from '../admin-notices.ts'

export type JobRow = Selectable<JobsTable>
const FAILED_STATUSES = ['failed', 'cancelled']

/** Jobs of one identity: the same data on the same base model at the same trainer by the same recipe. */
export type JobKey = Pick<JobRow, 'base_url' | 'base_model' | 'data_sha256' | 'recipe'>

/** What jobs from before recipes were kept have instead: they may be of any. */
const ANY_RECIPE = ''

/** The newest job of this identity that made a model or still may. */
export async function findSameJob(store: Store, key: JobKey): Promise<JobRow | null> {
  const row = await store
    .selectFrom('jobs')
    .selectAll()
    .where('base_url', '=', key.base_url)
    .where('base_model', '=', key.base_model)
    .where('data_sha256', '=', key.data_sha256)
    .where('recipe', 'in', [key.recipe, ANY_RECIPE])
    .where('status', 'not in', FAILED_STATUSES)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

/** Keeps a job; one that is known already (found again after a crash) stays as it is. */
export async function saveJob(store: Store, job: JobRow): Promise<void> {
  await store
    .insertInto('jobs')
    .values(job)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Keeps how a job stands; the administrators hear of its end, once. */
export async function saveJobState(
  store: Store,
  id: string,
  state: Pick<JobRow, 'status' | 'model' | 'fault' | 'finished_at'>,
): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    const job = await transaction
      .updateTable('jobs')
      .set(state)
      .where('id', '=', id)
      .where('finished_at', 'is', null)
      .returningAll()
      .executeTakeFirst()
    if (!job) await transaction.updateTable('jobs').set(state).where('id', '=', id).execute()
    else if (state.finished_at !== null) await enqueueModelNews(transaction, id, jobNews(job), state.finished_at)
  })
}

/** OpenAI shows its jobs on a page; of the others we know none. */
const JOB_PAGE = { host: 'api.openai.com', address: 'https://platform.openai.com/finetune/' }

function jobNews({ id, status, model, fault, base_model, base_url }: JobRow): ModelNews {
  const hasPage = URL.parse(base_url)?.hostname === JOB_PAGE.host
  const link = hasPage ? `${JOB_PAGE.address}${encodeURIComponent(id)}` : null
  return { kind: 'job_ended', job: id, status, model, fault, baseModel: base_model, link }
}

export async function findJob(store: Store, id: string): Promise<JobRow | null> {
  const row = await store.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** The newest job that made this model. */
export async function findJobOfModel(store: Store, model: string): Promise<JobRow | null> {
  const row = await store
    .selectFrom('jobs')
    .selectAll()
    .where('model', '=', model)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

/** Newest first. */
export async function listJobRows(store: Store): Promise<JobRow[]> {
  return store.selectFrom('jobs').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
}
