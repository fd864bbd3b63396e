import { resolve } from 'node:path'
import { recordAttribution } from '../../feedback/corrections/attribution.ts'
import { UsageError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import { type Bundle, readBundle, SOURCE_FILES, writeBundle } from '../bundle/bundle.ts'
import { autoEpochs } from '../checks/cost.ts'
import { serializeRecipe } from '../datasets/recipe.ts'
import { recordTrainingData } from '../datasets/training-history.ts'
import { findJob, findJobOfModel, type JobRow, saveJob, saveJobState } from './job-records.ts'
import { checkTrainingData, type JobRequest, recipeOf } from './start-job.ts'

export type LocalJobRequest = JobRequest & {
  folder: string
  signal?: AbortSignal | undefined
  onProgress?: (progress: { done: number; total: number }) => void
}

/** Where jobs are trained that no server trains. */
const LOCAL_BASE_URL = 'local'
const DEFAULT_NAME = 'hydrocore-local'
/** Servers, shells and files take such a name as it is. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/
const CONTROL_CHARACTERS = /\p{Cc}/u

/** Writes a bundle to train on one's own machine and keeps it as a job that waits for its model. */
export async function startLocalJob(store: Store, request: LocalJobRequest, now: () => number): Promise<JobRow> {
  const { baseModel, suffix: name = DEFAULT_NAME, signal } = request
  if (!NAME.test(name))
    throw new UsageError('--suffix takes letters, digits, dots, dashes and underscores, 64 at most.')
  if (!baseModel || CONTROL_CHARACTERS.test(baseModel))
    throw new UsageError('--model takes the name or the folder of a model.')
  const recipe = recipeOf(request)
  const { train, validation, provenance } = await checkTrainingData(request, recipe.method, signal)
  const folder = resolve(request.folder)
  const id = newId('local', new Date(now()))
  const bundle = await writeBundle({
    ...{ id, name, baseModel, recipe, folder, signal },
    epochs: recipe.hyperparameters.epochs ?? autoEpochs(train.rows),
    rows: { train: train.rows, validation: validation?.check.rows ?? 0 },
    kind: provenance.kind,
    corrections: provenance.corrections,
    dataSha256: train.sha256,
    manifestSha256: provenance.manifest?.sha256 ?? null,
    benchmark: provenance.benchmark,
    train: request.train,
    validation: validation?.file ?? null,
    ...(request.onProgress && { onProgress: request.onProgress }),
  })
  return saveLocalJob(store, toJobRow(bundle, { id, now, status: 'bundled', model: null }), bundle)
}

/**
 * Keeps the model that came of a bundle, so that it is measured, promoted and told of like any other. Whether a server
 * answers as it is for the caller to know. Throws {@link UsageError} where the name stands for another model.
 */
export async function registerModel(
  store: Store,
  request: { model: string; folder: string; baseModel?: string | undefined },
  now: () => number,
): Promise<JobRow> {
  const bundle = await readBundle(resolve(request.folder))
  const { model, baseModel = bundle.baseModel } = request
  const existing = await findJobOfModel(store, model)
  if (existing && existing.data_sha256 === bundle.dataSha256 && existing.base_model === baseModel) return existing
  if (existing)
    throw new UsageError(
      `${model} is known already: ${existing.id} made it of other data. Serve the new one under another name, so that every answer tells which model gave it.`,
    )
  const bundledJob = await findJob(store, bundle.id)
  if (bundledJob && bundledJob.model === null && bundledJob.base_model === baseModel) {
    const ended = { status: 'succeeded', model, fault: null, finished_at: now() }
    await saveJobState(store, bundledJob.id, ended)
    return { ...bundledJob, ...ended }
  }
  const id = bundledJob ? newId('local', new Date(now())) : bundle.id
  return saveLocalJob(store, toJobRow({ ...bundle, baseModel }, { id, now, status: 'succeeded', model }), bundle)
}

function toJobRow(
  bundle: Bundle,
  { id, now, status, model }: { id: string; now: () => number; status: string; model: string | null },
): JobRow {
  const { folder, baseModel, dataSha256, recipe, rows, manifestSha256, name } = bundle
  return {
    id,
    base_url: LOCAL_BASE_URL,
    base_model: baseModel,
    suffix: name,
    data_sha256: dataSha256,
    training_rows: rows.train,
    driver: 'local',
    recipe: serializeRecipe(recipe),
    train_file: resolve(folder, SOURCE_FILES.train),
    validation_file: rows.validation > 0 ? resolve(folder, SOURCE_FILES.validation) : null,
    manifest_file: resolve(folder, 'bundle.json'),
    manifest_sha256: manifestSha256,
    status,
    model,
    fault: null,
    created_at: now(),
    finished_at: model === null ? null : now(),
  }
}

async function saveLocalJob(
  store: Store,
  row: JobRow,
  { corrections, folder, dataSha256, benchmark = null }: Bundle,
): Promise<JobRow> {
  await saveJob(store, row)
  await recordTrainingData(store, { file: resolve(folder, SOURCE_FILES.train), sha256: dataSha256, benchmark })
  await recordAttribution(store, row.id, corrections)
  return row
}
