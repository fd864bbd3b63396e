import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { TrainingFingerprintsTable } from '../../store/tables.ts'

/** The same data in a newer data set is to be measured on what that one names. */
export async function saveTrainingFingerprint(
  store: Store,
  data: Selectable<TrainingFingerprintsTable>,
): Promise<void> {
  const { benchmark } = data
  await store
    .insertInto('training_fingerprints')
    .values(data)
    .onConflict((conflict) => {
      const known = conflict.column('data_sha256')
      return benchmark === null ? known.doNothing() : known.doUpdateSet({ benchmark })
    })
    .execute()
}

/** What the jobs that made a model were given, the newest first: the base each began with, and what is known of its data. */
export async function listTrainingRuns(store: Store, model: string): Promise<TrainingRun[]> {
  return store
    .selectFrom('jobs')
    .leftJoin('training_fingerprints', 'training_fingerprints.data_sha256', 'jobs.data_sha256')
    .select(['jobs.base_model', 'training_fingerprints.questions', 'training_fingerprints.benchmark'])
    .where('jobs.model', '=', model)
    .orderBy('jobs.created_at', 'desc')
    .execute()
}

export type TrainingRun = { base_model: string; questions: string | null; benchmark: string | null }
