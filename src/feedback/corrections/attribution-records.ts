import type { Store } from '../../store/open.ts'

const BATCH_ROWS = 1_000

export async function saveAttribution(store: Store, jobId: string, correctionIds: readonly string[]): Promise<void> {
  for (let at = 0; at < correctionIds.length; at += BATCH_ROWS)
    await store
      .insertInto('job_corrections')
      .values(
        correctionIds
          .slice(at, at + BATCH_ROWS)
          .map((correction_id) => ({ job_id: jobId, correction_id, notified_at: null })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

/**
 * Corrections learnt by the jobs of a model that nobody was told about; from now on they count as reported. One that an
 * earlier model learnt and its people heard about isn't reported again.
 */
export async function markNotified(store: Store, model: string, now: number): Promise<string[]> {
  return store.transaction().execute(async (transaction) => {
    const rows = await transaction
      .updateTable('job_corrections')
      .set({ notified_at: now })
      .where('notified_at', 'is', null)
      .where('job_id', 'in', (query) => query.selectFrom('jobs').select('jobs.id').where('jobs.model', '=', model))
      .returning('correction_id')
      .execute()
    const ids = [...new Set(rows.map(({ correction_id }) => correction_id))]
    const known = new Set<string>()
    for (let at = 0; at < ids.length; at += BATCH_ROWS) {
      const told = await transaction
        .selectFrom('job_corrections')
        .select('correction_id')
        .where('correction_id', 'in', ids.slice(at, at + BATCH_ROWS))
        .where('notified_at', '<', now)
        .execute()
      for (const { correction_id } of told) known.add(correction_id)
    }
    return ids.filter((id) => !known.has(id)).sort()
  })
}

/** The number of corrections each job learnt from. */
export async function countAttributed(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store
    .selectFrom('job_corrections')
    .select((expression) => ['job_id', expression.fn.countAll().as('corrections')])
    .groupBy('job_id')
    .execute()
  return new Map(rows.map(({ job_id, corrections }) => [job_id, Number(corrections)]))
}

/** The models that learnt from a correction. */
export async function listModelsWith(store: Store, correctionId: string): Promise<string[]> {
  const rows = await store
    .selectFrom('job_corrections')
    .innerJoin('jobs', 'jobs.id', 'job_corrections.job_id')
    .select('jobs.model')
    .distinct()
    .where('job_corrections.correction_id', '=', correctionId)
    .where('jobs.model', 'is not', null)
    .orderBy('jobs.model')
    .execute()
  return rows.flatMap(({ model }) => model ?? [])
}
