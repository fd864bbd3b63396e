import type { Selectable } from 'kysely'
import type { ModelNews } from '../../diagnosis/model/model-news.ts'
import type { Store } from '../../store/open.ts'
import type { EvaluationAnswersTable, EvaluationsTable } from '../../store/tables.ts'
import { enqueueModelNews } from '../admin-notices.ts'

export type CheckpointRow = Selectable<EvaluationAnswersTable>

/** What this run has heard so far. */
export async function listCheckpoint(store: Store, runKey: string): Promise<CheckpointRow[]> {
  return store.selectFrom('evaluation_answers').selectAll().where('run_key', '=', runKey).execute()
}

/** Of two processes that run the same evaluation the first one's answer stays. */
export async function saveCheckpointRow(store: Store, answer: CheckpointRow): Promise<void> {
  await store
    .insertInto('evaluation_answers')
    .values(answer)
    .onConflict((conflict) => conflict.columns(['run_key', 'arm', 'row_number']).doNothing())
    .execute()
}

export async function deleteCheckpoint(store: Store, runKey: string): Promise<void> {
  await store.deleteFrom('evaluation_answers').where('run_key', '=', runKey).execute()
}

/** Runs that nobody took up again. */
export async function sweepCheckpoints(store: Store, before: number): Promise<void> {
  await store.deleteFrom('evaluation_answers').where('recorded_at', '<', before).execute()
}

/** The report takes the place of the answers it was made of, and the administrators hear of it. */
export async function saveEvaluation(
  store: Store,
  evaluation: Selectable<EvaluationsTable>,
  runKey: string,
  news: ModelNews,
): Promise<void> {
  await store.transaction().execute(async (tx) => {
    await tx.insertInto('evaluations').values(evaluation).execute()
    await enqueueModelNews(tx, evaluation.id, news, evaluation.created_at)
    await tx.deleteFrom('evaluation_answers').where('run_key', '=', runKey).execute()
  })
}

/** The stored report's text; null when there is no such evaluation. */
export async function findEvaluationText(store: Store, id: string): Promise<string | null> {
  const row = await store.selectFrom('evaluations').select('report').where('id', '=', id).executeTakeFirst()
  return row?.report ?? null
}

/** More votes than these would tell the judge's agreement no better. */
const MAX_VOTES = 20_000

/** The newest marks that people set on answers, with what was asked and answered. */
export async function listVotedAnswers(store: Store) {
  return store
    .selectFrom('vote_events')
    .innerJoin('answers', 'answers.id', 'vote_events.answer_id')
    .select([
      'answers.id as answer_id',
      'answers.question_text',
      'answers.model_text',
      'vote_events.voter',
      'vote_events.voter_team',
      'vote_events.origin',
      'vote_events.value',
      'vote_events.is_set',
      'vote_events.event_ts',
    ])
    .where('answers.question_text', '!=', '')
    .orderBy('vote_events.event_ts', 'desc')
    .limit(MAX_VOTES)
    .execute()
}

/** The ids of the newest evaluations, the newest first. */
export async function listEvaluationIds(store: Store, limit: number): Promise<string[]> {
  const rows = await store
    .selectFrom('evaluations')
    .select('id')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
