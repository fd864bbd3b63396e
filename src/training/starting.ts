import { type FileCheck, validateFile } from '../feedback/formats/validating.ts'
import { recordLearnt } from '../feedback/learnt.ts'
import { newId } from '../lib/ids.ts'
import type { Store } from '../store/open.ts'
import { DuplicateJobError, TrainerError, TrainingDataError } from './errors.ts'
import type { JobState } from './job-reading.ts'
import type { Following } from './job-watching.ts'
import { sha256 } from './manifest.ts'
import { correctionsIn } from './origins.ts'
import { claimStart, findSameJob, type JobKey, type JobRow, releaseStart, type StartClaim, saveJob } from './records.ts'

export type JobRequest = {
  /** JSONL files. */
  train: string
  validation?: string
  baseModel: string
  suffix?: string
  seed?: number
  /** Kept by the trainer with the job: at most 15 pairs, beside our own. */
  metadata?: Readonly<Record<string, string>>
  /** Starts even though the same data was trained on the same base model before. */
  again?: boolean
}

/** What a trainer is asked for on the way to a running job. */
export type Starting = {
  baseUrl: string
  store: Store
  now(): number
  upload(file: string, bytes: number, following: Following): Promise<string>
  create(request: JobRequest, files: UploadedFiles, dataSha256: string, signal?: AbortSignal): Promise<JobState>
  /** The trainer's newest jobs; empty where it lists none. */
  recent(signal?: AbortSignal): Promise<readonly JobState[]>
}

type UploadedFiles = { train: string; validation: string | null }

/** How long a starter that died keeps others from starting the same job. */
const CLAIM_MS = 15_000
const RENEW_MS = 5_000

/** Checks, uploads, creates; see `Jobs.startJob`. */
export async function startJob(parts: Starting, request: JobRequest, following: Following): Promise<JobRow> {
  const { store, now } = parts
  const train = await checked(request.train, following.signal)
  const validation = request.validation ? await checked(request.validation, following.signal, 1) : null
  const key = { base_url: parts.baseUrl, base_model: request.baseModel, data_sha256: train.sha256 }
  const rowOf = ({ id, status, model, fault }: JobState): JobRow => ({
    ...key,
    id,
    suffix: request.suffix ?? null,
    training_rows: train.rows,
    status,
    model,
    fault,
    created_at: now(),
    finished_at: null,
  })

  const claim = { key: `training-start:${sha256(JSON.stringify(key))}`, owner: newId('start') }
  if (!(await claimStart(store, claim, now(), now() + CLAIM_MS))) throw new DuplicateJobError(null)
  const renewing = setInterval(() => renew(parts, claim), RENEW_MS)
  try {
    if (!request.again) {
      const same = (await findSameJob(store, key)) ?? (await findStarted(parts, key, rowOf, following.signal))
      if (same) throw new DuplicateJobError(same)
    }
    const files = {
      train: await parts.upload(request.train, train.bytes, following),
      validation:
        request.validation && validation ? await parts.upload(request.validation, validation.bytes, following) : null,
    }
    const started = rowOf(await createOnce(parts, request, files, train.sha256, following.signal))
    await saveJob(store, started)
    await recordLearnt(store, started.id, await correctionsIn(request.train, train.sha256))
    return started
  } finally {
    clearInterval(renewing)
    await releaseStart(store, claim)
  }
}

/** A failed renewal is no reason to end an upload: at worst a second start is not kept away. */
function renew({ store, now }: Starting, claim: StartClaim): void {
  claimStart(store, claim, now(), now() + CLAIM_MS).catch(() => undefined)
}

/** A job with this data that the trainer knows and we do not: its starter died before it could keep it. */
async function findStarted(
  parts: Starting,
  key: JobKey,
  rowOf: (state: JobState) => JobRow,
  signal?: AbortSignal,
): Promise<JobRow | null> {
  const found = (await parts.recent(signal)).find(
    (job) =>
      job.dataSha256 === key.data_sha256 &&
      (job.baseModel === null || job.baseModel === key.base_model) &&
      job.status !== 'failed' &&
      job.status !== 'cancelled',
  )
  if (!found) return null
  await saveJob(parts.store, rowOf(found))
  return rowOf(found)
}

/**
 * The answer to a creation can be lost although the job was made. It is never asked for a second time, which could
 * start and bill a second job: the file, uploaded a moment ago, names the first.
 */
async function createOnce(
  parts: Starting,
  request: JobRequest,
  files: UploadedFiles,
  dataSha256: string,
  signal?: AbortSignal,
): Promise<JobState> {
  try {
    return await parts.create(request, files, dataSha256, signal)
  } catch (error) {
    if (!(error instanceof TrainerError && error.code === 'trainer_unreachable')) throw error
    const found = (await parts.recent(signal)).find(({ trainingFile }) => trainingFile === files.train)
    if (!found) throw error
    return found
  }
}

async function checked(file: string, signal?: AbortSignal, fewest?: number): Promise<FileCheck> {
  const check = await validateFile(file, 'openai-sft', { ...(signal && { signal }), ...(fewest && { fewest }) })
  if (check.faultCount > 0) throw new TrainingDataError(file, check.faults, check.faultCount)
  return check
}
