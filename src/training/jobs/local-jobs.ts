import { resolve } from 'node:path'
import { recordAttribution } from '../../feedback/corrections/attribution.ts'
import { UsageError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import { type Bundle, readBundle, SOURCE, writeBundle } from '../bundle/bundle.ts'
import { autoEpochs } from '../checks/cost.ts'
import { writeRecipe } from '../datasets/recipe.ts'
import { recordTrained } from '../datasets/training-history.ts'
import { findJob, findJobOfModel, type JobRow, saveJob, saveJobState } from './job-records.ts'
import { checkData, type JobRequest, recipeOf } from './start-job.ts'

export type LocalRequest = JobRequest & {
  folder: string
  signal?: AbortSignal | undefined
  onProgress?: (progress: { done: number; total: number }) => void
}

/** Where jobs are trained that no server trains. */
const NO_SERVER = 'local'
const DEFAULT_NAME = 'hydrocore-local'
/** Servers, shells and files take such a name as it is. */
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/
const UNSAFE = /\p{Cc}/u

/** Writes a bundle to train on one's own machine and keeps it as a job that waits for its model. */
export async function startLocalJob(store: Store, request: LocalRequest, now: () => number): Promise<JobRow> {
  const { baseModel, suffix: name = DEFAULT_NAME, signal } = request
  if (!NAME.test(name))
    throw new UsageError('--suffix takes letters, digits, dots, dashes and underscores, 64 at most.')
  if (!baseModel || UNSAFE.test(baseModel)) throw new UsageError('--model takes the name or the folder of a model.')
  const recipe = recipeOf(request)
  const { train, validation, origin } = await checkData(request, recipe.method, signal)
  const folder = resolve(request.folder)
  const id = newId('local', new Date(now()))
  const bundle = await writeBundle({
    ...{ id, name, baseModel, recipe, folder, signal },
    epochs: recipe.hyperparameters.epochs ?? autoEpochs(train.rows),
    rows: { train: train.rows, validation: validation?.check.rows ?? 0 },
    kind: origin.kind,
    corrections: origin.corrections,
    dataSha256: train.sha256,
    manifestSha256: origin.manifest?.sha256 ?? null,
    benchmark: origin.benchmark,
    train: request.train,
    validation: validation?.file ?? null,
    ...(request.onProgress && { onProgress: request.onProgress }),
  })
  return keep(store, rowOf(bundle, { id, now, status: 'bundled', model: null }), bundle)
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
  const same = await findJobOfModel(store, model)
  if (same && same.data_sha256 === bundle.dataSha256 && same.base_model === baseModel) return same
  if (same)
    throw new UsageError(
      `${model} is known already: ${same.id} made it of other data. Serve the new one under another name, so that every answer tells which model gave it.`,
    )
  const waiting = await findJob(store, bundle.id)
  if (waiting && waiting.model === null && waiting.base_model === baseModel) {
    const ended = { status: 'succeeded', model, fault: null, finished_at: now() }
    await saveJobState(store, waiting.id, ended)
    return { ...waiting, ...ended }
  }
  const id = waiting ? newId('local', new Date(now())) : bundle.id
  return keep(store, rowOf({ ...bundle, baseModel }, { id, now, status: 'succeeded', model }), bundle)
}

function rowOf(
  bundle: Bundle,
  { id, now, status, model }: { id: string; now: () => number; status: string; model: string | null },
): JobRow {
  const { folder, baseModel, dataSha256, recipe, rows, manifestSha256, name } = bundle
  return {
    id,
    base_url: NO_SERVER,
    base_model: baseModel,
    suffix: name,
    data_sha256: dataSha256,
    training_rows: rows.train,
    driver: 'local',
    recipe: writeRecipe(recipe),
    train_file: resolve(folder, SOURCE.train),
    validation_file: rows.validation > 0 ? resolve(folder, SOURCE.validation) : null,
    manifest_file: resolve(folder, 'bundle.json'),
    manifest_sha256: manifestSha256,
    status,
    model,
    fault: null,
    created_at: now(),
    finished_at: model === null ? null : now(),
  }
}

async function keep(
  store: Store,
  row: JobRow,
  { corrections, folder, dataSha256, benchmark = null }: Bundle,
): Promise<JobRow> {
  await saveJob(store, row)
  await recordTrained(store, { file: resolve(folder, SOURCE.train), sha256: dataSha256, benchmark })
  await recordAttribution(store, row.id, corrections)
  return row
}
