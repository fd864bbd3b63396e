import { resolve } from 'node:path'
import type { z } from 'zod'
import { recordAttribution } from '../../feedback/corrections/attribution.ts'
import { type FileCheck, validateFile } from '../../formats/validating.ts'
import { UsageError } from '../../lib/errors.ts'
import { sha256 } from '../../lib/hash.ts'
import { newId } from '../../lib/ids.ts'
import { acquireLease, type Lease, releaseLease } from '../../store/lease.ts'
import type { Store } from '../../store/open.ts'
import { refuseLeaks } from '../datasets/leak-check.ts'
import { type Hyperparameters, type Method, Recipe, serializeRecipe } from '../datasets/recipe.ts'
import { recordTrainingData } from '../datasets/training-history.ts'
import { DuplicateJobError, isTransient, TrainingDataError } from '../errors.ts'
import { findSameJob, type JobKey, type JobRow, saveJob } from './job-records.ts'
import { isFinal, type JobState, METADATA_KEYS } from './job-schema.ts'
import { type DataProvenance, readProvenance } from './provenance.ts'
import { deleteUpload, findUpload } from './upload-cache.ts'
import type { WatchOptions } from './watch-job.ts'

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

/** What a trainer is asked for on the way to a running job. */
export type StartJobDeps = {
  baseUrl: string
  store: Store
  now(): number
  upload(file: string, check: FileCheck, options: WatchOptions): Promise<string>
  create(
    request: JobRequest & { recipe: Recipe },
    files: UploadedFiles,
    metadata: Readonly<Record<string, string>>,
    options: WatchOptions,
  ): Promise<JobState>
  /** The trainer's newest jobs; empty where it lists none. */
  listRecentJobs(signal?: AbortSignal): Promise<readonly JobState[]>
}

type UploadedFiles = { train: string; validation: string | null }

/** How long a starter that died keeps others from starting the same job. */
const LEASE_MS = 15_000
const RENEW_LEASE_MS = 5_000

const MAX_SUFFIX_CHARS = 64
const METADATA = { mostPairs: 16, mostKeyChars: 64, mostValueChars: 512 } as const

/** The files of a job, checked, with where they come from. */
export type CheckedData = {
  train: FileCheck
  validation: { file: string; check: FileCheck } | null
  provenance: DataProvenance
}

/** Checks, uploads, creates; see `Jobs.startJob`. */
export async function startJob(deps: StartJobDeps, request: JobRequest, options: WatchOptions): Promise<JobRow> {
  const { store, now } = deps
  const recipe = recipeOf(request)
  if ((request.suffix?.length ?? 0) > MAX_SUFFIX_CHARS)
    throw new UsageError(`A suffix has at most ${MAX_SUFFIX_CHARS} characters.`)
  const { train, validation, provenance } = await checkTrainingData(request, recipe.method, options.signal)
  const key: JobKey = {
    base_url: deps.baseUrl,
    base_model: request.baseModel,
    data_sha256: train.sha256,
    recipe: serializeRecipe(recipe),
  }
  const metadata = metadataOf(request, key, provenance)
  const rowOf = ({ id, status, model, fault }: JobState): JobRow => ({
    ...key,
    id,
    suffix: request.suffix ?? null,
    training_rows: train.rows,
    driver: 'openai',
    train_file: resolve(request.train),
    validation_file: validation && resolve(validation.file),
    manifest_file: provenance.manifest?.file ?? null,
    manifest_sha256: provenance.manifest?.sha256 ?? null,
    status,
    model,
    fault,
    created_at: now(),
    finished_at: null,
  })

  const lease = { key: `training-start:${sha256(JSON.stringify(key))}`, owner: newId('start') }
  if (!(await acquireLease(store, lease, now(), now() + LEASE_MS))) throw new DuplicateJobError(null)
  const renewalTimer = setInterval(() => renewLease(deps, lease), RENEW_LEASE_MS)
  const save = async (state: JobState) => {
    const row = rowOf(state)
    await saveJob(store, row)
    await recordTrainingData(store, { file: request.train, sha256: train.sha256, benchmark: provenance.benchmark })
    await recordAttribution(store, row.id, provenance.corrections)
    return row
  }
  try {
    if (!request.allowDuplicate) {
      const same = await findSameJob(store, key)
      if (same) throw new DuplicateJobError(same)
      const cachedFileId = await findUpload(store, { baseUrl: deps.baseUrl, sha256: train.sha256 })
      const started = findOrphanedJob(await deps.listRecentJobs(options.signal), key, cachedFileId)
      if (started) throw new DuplicateJobError(await save(started))
    }
    const files = {
      train: await deps.upload(request.train, train, options),
      validation: validation && (await deps.upload(validation.file, validation.check, options)),
    }
    options.signal?.throwIfAborted()
    const job = await save(await createOnce(deps, { ...request, recipe }, files, metadata, options))
    for (const check of [train, ...(validation ? [validation.check] : [])])
      await deleteUpload(store, { baseUrl: deps.baseUrl, sha256: check.sha256 })
    return job
  } finally {
    clearInterval(renewalTimer)
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

/** Ours and theirs, within the bounds that OpenAI sets. Throws {@link UsageError}. */
function metadataOf({ metadata = {} }: JobRequest, key: JobKey, { manifest }: DataProvenance): Record<string, string> {
  const all = {
    ...metadata,
    [METADATA_KEYS.data]: key.data_sha256,
    [METADATA_KEYS.recipe]: key.recipe,
    ...(manifest && { [METADATA_KEYS.manifest]: manifest.sha256 }),
  }
  const { mostPairs, mostKeyChars, mostValueChars } = METADATA
  const isTooLong = Object.entries(all).some(
    ([name, value]) => name.length > mostKeyChars || value.length > mostValueChars,
  )
  if (!isTooLong && Object.keys(all).length <= mostPairs) return all
  throw new UsageError(
    `A job’s metadata holds ${mostPairs} pairs at most, three of them ours, with ${mostKeyChars} characters before and ${mostValueChars} behind the equals sign.`,
  )
}

/** A failed renewal is no reason to end an upload: at worst a second start is not kept away. */
function renewLease({ store, now }: StartJobDeps, lease: Lease): void {
  acquireLease(store, lease, now(), now() + LEASE_MS).catch(() => undefined)
}

/**
 * A job like this that the trainer knows and we do not: its starter died before it could keep it. Where the trainer
 * keeps no metadata, the file tells that was sent for it.
 */
function findOrphanedJob(recent: readonly JobState[], key: JobKey, cachedFileId: string | null): JobState | null {
  const isOf = (job: JobState) =>
    isSameIdentity(job, key) || (cachedFileId !== null && job.trainingFile === cachedFileId)
  return recent.find((job) => isOf(job) && job.status !== 'failed' && job.status !== 'cancelled') ?? null
}

function isSameIdentity({ dataSha256, baseModel, recipe }: JobState, key: JobKey): boolean {
  return (
    dataSha256 === key.data_sha256 &&
    (baseModel === null || baseModel === key.base_model) &&
    (recipe === null || recipe === key.recipe)
  )
}

/**
 * The answer to a creation can be lost although the job was made. It is never asked for a second time, which could
 * start and bill a second job: the file, uploaded a moment ago, names the first.
 */
async function createOnce(
  deps: StartJobDeps,
  request: JobRequest & { recipe: Recipe },
  files: UploadedFiles,
  metadata: Readonly<Record<string, string>>,
  options: WatchOptions,
): Promise<JobState> {
  try {
    return await deps.create(request, files, metadata, options)
  } catch (error) {
    if (!isTransient(error) || error.code !== 'trainer_unreachable') throw error
    const isNew = (job: JobState) =>
      job.trainingFile === null && job.dataSha256 === metadata[METADATA_KEYS.data] && !isFinal(job.status)
    const recent = await deps.listRecentJobs(options.signal)
    const found = recent.find((job) => job.trainingFile === files.train) ?? recent.find(isNew)
    if (!found) throw error
    return found
  }
}
