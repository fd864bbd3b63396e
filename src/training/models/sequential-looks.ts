import type { Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { CanaryAnalysesTable } from '../../store/tables.ts'

export type CanaryAnalysis = Selectable<CanaryAnalysesTable>

/** The looks at one trial, the first ones first. */
export async function listAnalyses(store: Store, canaryId: string): Promise<CanaryAnalysis[]> {
  return store
    .selectFrom('canary_analyses')
    .selectAll()
    .where('canary_id', '=', canaryId)
    .orderBy('measure')
    .orderBy('number')
    .execute()
}

/** Keeps a look. Of two instances that look at once the first one's counts: a look is taken once. */
export async function saveAnalysis(store: Store, analysis: CanaryAnalysis): Promise<void> {
  await store
    .insertInto('canary_analyses')
    .values(analysis)
    .onConflict((conflict) => conflict.columns(['canary_id', 'measure', 'number']).doNothing())
    .execute()
}
