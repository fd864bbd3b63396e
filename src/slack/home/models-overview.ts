import type { Catalog } from '../../catalog/catalog.ts'
import type { Alias } from '../../diagnosis/model/active-model.ts'
import { type LiveModel, readLiveModels } from '../../diagnosis/model/live-models.ts'
import { type CanaryRow, findRunningCanary, listMoves, type MoveRow } from '../../diagnosis/model/model-records.ts'
import type { Serving } from '../../diagnosis/strategies.ts'
import { type Arm, type Arms, countForbidden, readArms } from '../../feedback/votes/canary-votes.ts'
import type { Store } from '../../store/open.ts'

/** A model in use that stops soon. */
export type RetiringShown = { model: string; parts: readonly string[]; retiresOn: string; daysLeft: number }

/** All that an administrator sees of the models. */
export type ModelsShown = {
  models: readonly LiveModel[]
  serving: Serving
  /** The model that is tried now, and what came of both arms. */
  trial: { canary: CanaryRow; arms: Arms; unsafe: Readonly<Record<Arm, number>> } | null
  /** The newest moves. */
  history: readonly MoveRow[]
  retiring: readonly RetiringShown[]
}

export type ModelsShownParts = {
  store: Store
  catalog: Catalog
  configuredModels: Readonly<Record<Alias, string>>
  serving: () => Promise<Serving>
  retiring: () => readonly RetiringShown[]
}

/** The whole history stands in the terminal. */
const MOVES_SHOWN = 5

export async function readModelsShown(parts: ModelsShownParts): Promise<ModelsShown> {
  const { store, configuredModels, serving, retiring } = parts
  const [models, now, canary, history] = await Promise.all([
    readLiveModels(store, configuredModels),
    serving(),
    findRunningCanary(store, 'assistant'),
    listMoves(store, { most: MOVES_SHOWN }),
  ])
  const trial = canary && {
    canary,
    arms: await readArms(store, canary.id),
    unsafe: await countForbidden(store, canary.id, parts.catalog),
  }
  return { models, serving: now, trial, history, retiring: retiring() }
}
