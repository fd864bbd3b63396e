import type { Catalog } from '../../catalog/catalog.ts'
import type { Alias } from '../../diagnosis/model/active-model.ts'
import { readLiveModels } from '../../diagnosis/model/live-models.ts'
import { findRunningCanary, listModelHistory } from '../../diagnosis/model/model-records.ts'
import type { Serving } from '../../diagnosis/strategies.ts'
import { countForbidden, readArms } from '../../feedback/votes/canary-votes.ts'
import type { Store } from '../../store/open.ts'
import type { ModelsShown, RetiringShown } from '../blocks/models.ts'

export type ModelsShownDeps = {
  store: Store
  catalog: Catalog
  configuredModels: Readonly<Record<Alias, string>>
  serving: () => Promise<Serving>
  retiring: () => readonly RetiringShown[]
}

/** The CLI shows the whole history. */
const MOVES_SHOWN = 5

export async function readModelsShown(deps: ModelsShownDeps): Promise<ModelsShown> {
  const { store, configuredModels, serving, retiring } = deps
  const [models, now, canary, history] = await Promise.all([
    readLiveModels(store, configuredModels),
    serving(),
    findRunningCanary(store, 'assistant'),
    listModelHistory(store, { most: MOVES_SHOWN }),
  ])
  const trial = canary && {
    canary,
    arms: await readArms(store, canary.id),
    unsafe: await countForbidden(store, canary.id, deps.catalog),
  }
  return { models, serving: now, trial, history, retiring: retiring() }
}
