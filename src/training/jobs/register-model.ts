import { resolve } from 'node:path'
import { recordAttribution } from '../../feedback/corrections/attribution.ts'
import { UsageError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import { type Bundle, readBundle, SOURCE_FILES } from '../bundle/bundle.ts'
import { serializeRecipe } from '../datasets/recipe.ts'
import { recordTrainingData } from '../datasets/training-history.ts'
import { findJob, findJobOfModel, type JobRow, saveJob, saveJobState } from './job-records.ts'
import { bundledFiles, LOCAL_BASE_URL } from './local-trainer.ts'

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
  const { baseModel, dataSha256, recipe, rows, name } = bundle
  return {
    id,
    base_url: LOCAL_BASE_URL,
    base_model: baseModel,
    suffix: name,
    data_sha256: dataSha256,
    training_rows: rows.train,
    driver: 'local',
    recipe: serializeRecipe(recipe),
    ...bundledFiles(bundle),
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
