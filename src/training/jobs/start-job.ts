import { resolve } from 'node:path'
import type { z } from 'zod'
import { recordAttribution } from '../../feedback/corrections/attribution.ts'
import { type FileCheck, validateFile } from '../../formats/validating.ts'
import { UsageError } from '../../lib/errors.ts'
import { sha256 } from '../../lib/hash.ts'
import { newId } from '../../lib/ids.ts'
import { acquireLease, releaseLease } from '../../store/lease.ts'
import type { Store } from '../../store/open.ts'
import { refuseLeaks } from '../datasets/leak-check.ts'
import { type Hyperparameters, type Method, Recipe, serializeRecipe } from '../datasets/recipe.ts'
import { recordTrainingData } from '../datasets/training-history.ts'
import { DuplicateJobError, TrainingDataError } from '../errors.ts'
import { findSameJob, type JobKey, type JobRow, saveJob } from './job-records.ts'
import { type DataProvenance, readProvenance } from './provenance.ts'
import type { PreparedJob, StartedJob, StartOptions, Trainer } from './trainer.ts'

export type JobRequest = {
  /** JSONL files: conversations, or pairs where the method is dpo. */
  train: string
  /** What the data set itself holds out unless given; null for none. */
  validation?: string | null
  baseModel: string
  suffix?: string
  seed?: number
  method?: Method
  hyperparameters?: Hyperparameters
  /** Kept by the trainer with the job, beside our own. */
  metadata?: Readonly<Record<string, string>>
  /** Starts even though the same data was trained on the same base model before. */
  allowDuplicate?: boolean
}

/** How long a starter that died keeps others from starting the same job. */
const LEASE_MS = 15_000
const RENEW_LEASE_MS = 5_000

/** The files of a job, checked, with where they come from. */
export type CheckedData = {
  train: FileCheck
  validation: { file: string; check: FileCheck } | null
  provenance: DataProvenance
}

/**
 * Checks the data and starts a job at a trainer, once: see `Jobs.startJob`. The lease keeps a second starter away, and
 * what runs there already is found instead.
 */
export async function startJob(
  { store, trainer, now }: { store: Store; trainer: Trainer; now: () => number },
  request: JobRequest,
  options: StartOptions,
): Promise<JobRow> {
  const recipe = recipeOf(request)
  const { train, validation, provenance } = await checkTrainingData(request, recipe.method, options.signal)
  const key: JobKey = {
    base_url: trainer.baseUrl,
    base_model: request.baseModel,
    data_sha256: train.sha256,
    recipe: serializeRecipe(recipe),
  }
  const job: PreparedJob = {
    key,
    recipe,
    suffix: request.suffix,
    metadata: request.metadata ?? {},
    train: { file: request.train, check: train },
    validation,
    provenance,
  }
  trainer.validate(job)
  const save = async ({ state, row: own = {}, trainFile }: StartedJob): Promise<JobRow> => {
    const { id, status, model, fault } = state
    const row: JobRow = {
      ...key,
      id,
      suffix: request.suffix ?? null,
      training_rows: train.rows,
      driver: trainer.driver,
      train_file: resolve(request.train),
      validation_file: validation && resolve(validation.file),
      manifest_file: provenance.manifest?.file ?? null,
      manifest_sha256: provenance.manifest?.sha256 ?? null,
      ...own,
      status,
      model,
      fault,
      created_at: now(),
      finished_at: null,
    }
    await saveJob(store, row)
    await recordTrainingData(store, { file: trainFile, sha256: train.sha256, benchmark: provenance.benchmark })
    await recordAttribution(store, row.id, provenance.corrections)
    return row
  }

  const lease = { key: `training-start:${sha256(JSON.stringify(key))}`, owner: newId('start') }
  if (!(await acquireLease(store, lease, now(), now() + LEASE_MS))) throw new DuplicateJobError(null)
  // A failed renewal is no reason to end an upload: at worst a second start isn't kept away.
  const renewal = setInterval(() => {
    acquireLease(store, lease, now(), now() + LEASE_MS).catch(() => undefined)
  }, RENEW_LEASE_MS)
  try {
    if (!request.allowDuplicate) {
      const same = await findSameJob(store, key)
      if (same) throw new DuplicateJobError(same)
      const started = await trainer.findStarted(key, options.signal)
      if (started) throw new DuplicateJobError(await save({ state: started, trainFile: request.train }))
    }
    const started = await trainer.start(job, options)
    const row = await save(started)
    await started.onSaved?.()
    return row
  } finally {
    clearInterval(renewal)
    await releaseLease(store, lease)
  }
}

/** Throws {@link UsageError}. */
export function recipeOf({ method, seed, hyperparameters = {} }: Omit<JobRequest, 'train' | 'baseModel'>): Recipe {
  const read = Recipe.safeParse({ method, seed, hyperparameters })
  if (read.success) return read.data
  const [{ path, message }] = read.error.issues as [z.core.$ZodIssue]
  throw new UsageError(`${String(path.at(-1))} cannot be used: ${message}.`)
}

/** Throws {@link TrainingDataError}. */
export async function checkTrainingData(
  request: Pick<JobRequest, 'train' | 'validation'>,
  method: Method,
  signal?: AbortSignal,
): Promise<CheckedData> {
  const train = await checkFile(request.train, method, signal)
  const origin = await readProvenance(request.train, train.sha256)
  const file = request.validation === undefined && method === 'supervised' ? origin.heldOut : request.validation
  if (!file) return { train, provenance: origin, validation: null }
  const check = await checkFile(file, method, signal, 1)
  await refuseLeaks(request.train, file, signal)
  return { train, provenance: origin, validation: { file, check } }
}

async function checkFile(file: string, method: Method, signal?: AbortSignal, fewest?: number): Promise<FileCheck> {
  const target = method === 'dpo' ? 'openai-dpo' : 'openai-sft'
  const check = await validateFile(file, target, { ...(signal && { signal }), ...(fewest && { fewest }) })
  if (check.faultCount > 0) throw new TrainingDataError(file, check.faults, check.faultCount)
  return check
}
