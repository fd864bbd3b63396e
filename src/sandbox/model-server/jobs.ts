import { hash } from 'node:crypto'
import pLimit from 'p-limit'
import { ApiError } from './api-error.ts'
import type { Files } from './files.ts'
import type { Folder, Log } from './folder.ts'
import { nowSeconds } from './ids.ts'
import { addEvent, type JobCheckpoint, type JobEvent, type JobObject, JobRecord, newJobRecord } from './job-record.ts'
import type { JobRequest } from './job-request.ts'
import type { Models } from './models.ts'
import { JobFailure, runTraining } from './training-run.ts'

export type Jobs = AsyncDisposable & {
  create(request: JobRequest): Promise<JobObject>
  /** The newest first, as the API lists them. */
  list(): JobObject[]
  get(id: string): JobObject
  events(id: string): JobEvent[]
  checkpoints(id: string): JobCheckpoint[]
  /** Its slot is free for others meanwhile. */
  pause(id: string): Promise<JobObject>
  /** Lets a paused job run again, from its first step: what it learnt so far is not kept. */
  resume(id: string): Promise<JobObject>
  cancel(id: string): Promise<JobObject>
}

export type JobDeps = { folder: Folder; files: Files; models: Models; stepDelayMs: number; log: Log }

const isOver = (job: JobObject) => job.status === 'succeeded' || job.status === 'failed' || job.status === 'cancelled'

/** The fine-tuning jobs: one runs at a time, and those that a restart interrupted run again. */
export async function openJobs(parts: JobDeps): Promise<Jobs> {
  const { folder, files, models, log } = parts
  const records = new Map<string, JobRecord>()
  const running = new Map<string, { stop: AbortController; work: Promise<void> }>()
  const oneAtATime = pLimit(1)
  let isClosing = false

  const save = (record: JobRecord) => folder.write(`jobs/${record.job.id}.json`, JSON.stringify(record))
  const get = (id: string) => {
    const record = records.get(id)
    if (!record) {
      throw new ApiError(404, `Could not find fine tune: ${id}`, { param: 'fine_tuning_job_id', code: 'not_found' })
    }
    return record
  }
  const end = async (record: JobRecord, status: JobObject['status']) => {
    record.job.status = status
    record.job.finished_at = nowSeconds()
    record.job.estimated_finish = null
    await save(record)
  }
  const run = async (record: JobRecord, signal: AbortSignal) => {
    try {
      await runTraining(record, { ...parts, oneAtATime, signal, save: () => save(record) })
      await end(record, 'succeeded')
    } catch (error) {
      // A cancelled job was ended by whoever cancelled it; one that a stop interrupted begins anew with the next start.
      if (signal.aborted) return
      const isExpected = error instanceof JobFailure
      if (!isExpected) log(`fine-tuning job ${record.job.id} failed: ${String(error)}`)
      record.job.error = isExpected
        ? error.told
        : { code: 'server_error', message: 'The job failed because of an error of the server.', param: null }
      addEvent(record, record.job.error.message, { level: 'error' })
      await end(record, 'failed')
    }
  }
  const begin = (record: JobRecord) => {
    const stop = new AbortController()
    const { id } = record.job
    const work = run(record, stop.signal)
      .catch((error: unknown) => log(`fine-tuning job ${id} could not be kept: ${String(error)}`))
      .finally(() => running.delete(id))
    running.set(id, { stop, work })
  }
  const halt = async (id: string) => {
    const current = running.get(id)
    current?.stop.abort()
    await current?.work
  }

  for (const record of await folder.readAll('jobs', JobRecord)) records.set(record.job.id, record)
  let serial = Math.max(0, ...[...records.values()].map((record) => record.serial))
  const newestFirst = () => [...records.values()].sort((a, b) => b.serial - a.serial)
  for (const record of newestFirst().reverse()) {
    if (isOver(record.job) || record.job.status === 'paused') continue
    record.job.status = 'validating_files'
    record.checkpoints = []
    addEvent(record, 'The server was restarted; the job begins anew', { level: 'warn' })
    begin(record)
  }

  return {
    async create(request) {
      if (isClosing) throw new ApiError(500, 'The server is stopping.')
      checkFile(files, request.training_file, 'training_file')
      if (request.validation_file) checkFile(files, request.validation_file, 'validation_file')
      if (!models.list().some((model) => model.id === request.model)) {
        throw new ApiError(400, `Model ${request.model} is not available for fine-tuning or does not exist.`, {
          param: 'model',
          code: 'model_not_available',
        })
      }
      serial += 1
      // Without a seed of the caller's choice the same file still gives the same model.
      const seed =
        request.seed ?? Number.parseInt(hash('sha1', String(files.get(request.training_file).bytes)).slice(0, 7), 16)
      const record = newJobRecord(request, seed, serial)
      addEvent(record, `Created fine-tuning job: ${record.job.id}`)
      await save(record)
      records.set(record.job.id, record)
      const created = structuredClone(record.job)
      begin(record)
      return created
    },
    list: () => newestFirst().map((record) => record.job),
    get: (id) => get(id).job,
    events: (id) => get(id).events.toReversed(),
    checkpoints: (id) => get(id).checkpoints.toReversed(),
    async cancel(id) {
      const record = get(id)
      if (isOver(record.job)) {
        throw cannot(record.job, 'cancelled')
      }
      addEvent(record, 'Fine-tuning job cancelled')
      running.get(id)?.stop.abort()
      await end(record, 'cancelled')
      return record.job
    },
    async pause(id) {
      const record = get(id)
      if (isOver(record.job) || record.job.status === 'paused') throw cannot(record.job, 'paused')
      await halt(id)
      // It may have ended while it was being stopped.
      if (isOver(record.job)) throw cannot(record.job, 'paused')
      record.job.status = 'paused'
      addEvent(record, 'Fine-tuning job paused')
      await save(record)
      return record.job
    },
    async resume(id) {
      const record = get(id)
      if (record.job.status !== 'paused') throw cannot(record.job, 'resumed')
      record.job.status = 'validating_files'
      record.checkpoints = []
      addEvent(record, 'Fine-tuning job resumed; it begins with its first step')
      await save(record)
      const resumed = structuredClone(record.job)
      begin(record)
      return resumed
    },
    async [Symbol.asyncDispose]() {
      isClosing = true
      await Promise.all([...running.keys()].map(halt))
    },
  }
}

function cannot({ id, status }: JobObject, what: 'cancelled' | 'paused' | 'resumed'): ApiError {
  const code = { cancelled: 'job_not_cancellable', paused: 'job_not_pausable', resumed: 'job_not_resumable' }[what]
  return new ApiError(400, `Job ${id} is ${status}; it cannot be ${what}.`, { code })
}

function checkFile(files: Files, id: string, param: 'training_file' | 'validation_file'): void {
  const file = files.list().find((one) => one.id === id)
  if (!file) {
    throw new ApiError(400, `invalid ${param}: there is no file ${id}`, { param, code: `invalid_${param}` })
  }
  if (file.purpose !== 'fine-tune') {
    throw new ApiError(400, `invalid ${param}: file ${id} was uploaded for ${file.purpose}, not for fine-tune`, {
      param,
      code: `invalid_${param}`,
    })
  }
}
