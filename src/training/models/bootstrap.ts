import { join } from 'node:path'
import pRetry from 'p-retry'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Store } from '../../store/open.ts'
import { cancelModelNews } from '../admin-notices.ts'
import type { ApprovedCorrection } from '../datasets/correction-examples.ts'
import { buildDataset, type Dataset } from '../datasets/datasets.ts'
import type { DatasetKind } from '../datasets/manifest.ts'
import { AliasChangedError, DuplicateJobError } from '../errors.ts'
import type { JobEvent } from '../jobs/job-event.ts'
import { type Jobs, trainedModelOf } from '../jobs/jobs.ts'
import { findAlias } from './alias-records.ts'
import { promote } from './promotion.ts'

/** A data set's kind is the name of the alias it trains for. */
const KINDS = ['assistant', 'classifier'] as const satisfies readonly DatasetKind[]

export type BootstrapProgress = { alias: DatasetKind } & (
  | { kind: 'built'; rows: number; heldOut: number }
  | JobEvent
  | { kind: 'live'; model: string }
)

export type BootstrapDeps = {
  catalog: Catalog
  corrections: readonly ApprovedCorrection[]
  baseModel: string
  suffix: string
  /** Where the data sets are written, each kind in a folder of its own. */
  workFolder: string
  jobs: Jobs
  store: Store
  onProgress?: (progress: BootstrapProgress) => void
  signal?: AbortSignal
}

/**
 * Gives every alias that has no model, or one that the server does not know any more, a model trained on what we know
 * now; touches no other. The ways to a first model run side by side.
 */
export async function bootstrapModels(deps: BootstrapDeps): Promise<Record<DatasetKind, string>> {
  const failed = new AbortController()
  const signal = deps.signal ? AbortSignal.any([deps.signal, failed.signal]) : failed.signal
  const ways = KINDS.map((kind) =>
    ensureModel({ ...deps, signal }, kind).catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  // The first failure calls the other way off; it is thrown once nothing runs any more.
  await Promise.allSettled(ways)
  failed.signal.throwIfAborted()
  const [assistant, classifier] = await Promise.all(ways)
  return { assistant: assistant ?? '', classifier: classifier ?? '' }
}

async function ensureModel(deps: BootstrapDeps & { signal: AbortSignal }, alias: DatasetKind): Promise<string> {
  const { catalog, corrections, jobs, store, signal } = deps
  const current = await findAlias(store, alias)
  if (current && (await jobs.servesModel(current.model, signal))) return current.model

  const dataset = await buildDataset({ kind: alias, catalog, corrections, folder: join(deps.workFolder, alias) })
  const { train, heldOut } = dataset.manifest.files
  deps.onProgress?.({ alias, kind: 'built', rows: train.rows.length, heldOut: heldOut.rows.length })
  const { id, model } = await trainOn(deps, alias, dataset)
  await cancelModelNews(store, id)
  try {
    const reason = 'the first model, trained at the start'
    const promotion = await promote(store, { alias, model, by: 'start', reason, override: true })
    await cancelModelNews(store, promotion.id)
  } catch (error) {
    // Another instance that started beside this one was first; its model is as good.
    if (!(error instanceof AliasChangedError)) throw error
  }
  deps.onProgress?.({ alias, kind: 'live', model })
  return model
}

/** Trains on a data set, or takes the model that the very same data made before, if it still answers. */
async function trainOn(
  deps: BootstrapDeps & { signal: AbortSignal },
  alias: DatasetKind,
  { train, heldOut, manifest }: Dataset,
): Promise<{ id: string; model: string }> {
  const { jobs, baseModel, suffix, signal } = deps
  const options = { signal, onEvent: (event: JobEvent) => deps.onProgress?.({ ...event, alias }) }
  const request = {
    train,
    validation: heldOut,
    baseModel,
    suffix: alias === 'assistant' ? suffix : `${suffix}-${alias}`,
    seed: manifest.seed,
    metadata: { kind: alias, catalog: manifest.catalogVersion },
  }
  const start = async (again: boolean): Promise<string> => {
    try {
      return (await jobs.startJob({ ...request, allowDuplicate: again }, options)).id
    } catch (error) {
      if (!(error instanceof DuplicateJobError) || !error.job || again) throw error
      const { id, model } = error.job
      return model && !(await jobs.servesModel(model, signal)) ? start(true) : id
    }
  }
  // While another instance uploads the same data there is no job to follow yet.
  const id = await pRetry(() => start(false), {
    retries: 60,
    factor: 1,
    minTimeout: 500,
    signal,
    shouldRetry: ({ error }) => error instanceof DuplicateJobError,
  })
  return { id, model: trainedModelOf(await jobs.watchJob(id, options)) }
}
