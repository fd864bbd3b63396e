import { dirname } from 'node:path'
import { z } from 'zod'
import type { Completions } from '../../diagnosis/model/chat-completion.ts'
import { ModelFaultError } from '../../diagnosis/model/errors.ts'
import { UsageError } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'
import { TrainerError, TrainingFailedError } from '../errors.ts'
import { baseModelOf } from '../prices.ts'
import { createWithMetadata, createWithMethod } from './create-job.ts'
import { fetchNewEvents } from './job-events.ts'
import { findJob, type JobRow, listJobRows, saveJobState } from './job-records.ts'
import {
  isFinal,
  type JobCheckpoint,
  type JobState,
  listItems,
  parseCheckpoint,
  parseJob,
  type TrainerEvent,
} from './job-schema.ts'
import type { RetirementFacts } from './retirement.ts'
import { type JobRequest, type StartJobDeps, startJob } from './start-job.ts'
import { createTrainerClient, withErrors, withRetry } from './trainer-client.ts'
import { findUpload, saveUpload } from './upload-cache.ts'
import { uploadFile } from './upload-file.ts'
import { DEFAULT_POLLING, type Job, type PollingIntervals, type WatchOptions, watchJob } from './watch-job.ts'

export type JobDetails = {
  state: JobState
  /** What we kept of it; null for a job that was not started from here. */
  row: JobRow | null
  events: readonly TrainerEvent[]
  /** Empty where the trainer gives none. */
  checkpoints: readonly JobCheckpoint[]
}

/** Fine-tuning at any server that speaks OpenAI's files and jobs. All may throw {@link TrainerError}. */
export type Jobs = {
  /**
   * Checks and uploads the files and starts a job. Throws `TrainingDataError` with the faulty lines, and
   * `DuplicateJobError` when the same data was trained on the same base model before.
   */
  startJob(request: JobRequest, options?: WatchOptions): Promise<JobRow>
  /** Follows a job to its end, from wherever it stands; may be called again after a restart. */
  watchJob(id: string, options?: WatchOptions): Promise<Job>
  /** Every job started from here, the newest first. */
  listJobs(): Promise<JobRow[]>
  /** What the trainer and we know of one job; no trainer is asked for one that somebody trains by a bundle. */
  showJob(id: string, signal?: AbortSignal): Promise<JobDetails>
  cancelJob(id: string, signal?: AbortSignal): Promise<Job>
  /** Only where the trainer offers it: else `TrainerError` with the code `cannot_pause`. */
  pauseJob(id: string, signal?: AbortSignal): Promise<Job>
  resumeJob(id: string, signal?: AbortSignal): Promise<Job>
  /** Whether the server would still answer as this model. */
  servesModel(model: string, signal?: AbortSignal): Promise<boolean>
  /** Every model the server lists; empty where it lists none. */
  listServedModels(signal?: AbortSignal): Promise<ServedModel[]>
  /**
   * What decides when these models retire. Never fails: where the server does not answer, our own records must do.
   * Who has the server's list already gives it.
   */
  retiring(models: readonly string[], signal?: AbortSignal, served?: readonly ServedModel[]): Promise<RetirementFacts[]>
}

/** Enough for a model to show that it is there. */
const PROBE_MAX_TOKENS = 16
const READ_TIMEOUT_MS = 30_000
/** A creation is never cut short by us: its answer is the only sign that a job runs. */
const CREATE_TIMEOUT_MS = 2 * 60_000

const ListedModel = z.object({ id: z.string().min(1), shutdown_date: z.string().nullish().catch(undefined) })
const NOT_FOUND_CODES: ReadonlySet<string> = new Set(['unknown_job', 'unknown_model', 'no_training'])
/** How a server that knows no pause may say so. */
const MAYBE_UNSUPPORTED_CODES: ReadonlySet<string> = new Set(['unknown_job', 'no_training'])

type ServedModel = { id: string; shutdownDate: string | null | undefined }

export function createJobs(deps: {
  baseUrl: string
  apiKey: string
  store: Store
  /** To ask a model itself whether it is there, at servers that list none. */
  completions?: Completions
  now?: () => number
  polling?: Partial<PollingIntervals>
}): Jobs {
  const { baseUrl, store, now = Date.now } = deps
  const polling = { ...DEFAULT_POLLING, ...deps.polling }
  const client = createTrainerClient(deps)
  const readOptions = { timeout: READ_TIMEOUT_MS }

  /** Asks what may be asked twice. */
  const readWithRetry = <T>(ask: () => Promise<T>, what: string, signal?: AbortSignal) =>
    withRetry(() => withErrors(ask, 'reading', what), { polling, busyRetries: 4, unreachableRetries: 2, signal })

  const startDeps: StartJobDeps = {
    baseUrl,
    store,
    now,
    async upload(file, { bytes, sha256 }, options) {
      const sent = { baseUrl, sha256 }
      const earlier = await findUpload(store, sent)
      const onSent = (id: string) => saveUpload(store, sent, id)
      return uploadFile(client, { file, bytes, polling, cachedId: earlier, onUploaded: onSent }, options)
    },
    async create(request, files, metadata, { signal, onEvent }) {
      const body = {
        model: request.baseModel,
        training_file: files.train,
        ...(files.validation && { validation_file: files.validation }),
        ...(request.suffix && { suffix: request.suffix }),
        ...(typeof request.recipe.seed === 'number' && { seed: request.recipe.seed }),
      }
      const send = (more: object) =>
        withErrors(
          () => client.fineTuning.jobs.create({ ...body, ...more }, { timeout: CREATE_TIMEOUT_MS }),
          'creating',
          request.train,
        )
      const create = () =>
        createWithMetadata(metadata, (known) =>
          createWithMethod(request.recipe, (method) => send({ ...known, ...method })),
        )
      // Only what was refused for now is asked for again: two jobs would be paid for twice.
      return parseJob(
        await withRetry(create, {
          polling,
          busyRetries: 20,
          unreachableRetries: 0,
          signal,
          onError: (error) => onEvent?.({ kind: 'unreachable', error }),
        }),
      )
    },
    async listRecentJobs(signal) {
      try {
        const list = () => client.get('/fine_tuning/jobs', { query: { limit: 100 }, signal, ...readOptions })
        return (listItems(await readWithRetry(list, 'jobs', signal)) ?? []).flatMap((item) => {
          try {
            return [parseJob(item)]
          } catch {
            return []
          }
        })
      } catch {
        signal?.throwIfAborted()
        return []
      }
    },
  }

  const retrieve = async (id: string, signal?: AbortSignal) =>
    parseJob(await withErrors(() => client.fineTuning.jobs.retrieve(id, { signal, ...readOptions }), 'reading', id))

  const eventsOf = (id: string, seen: Set<string>, signal?: AbortSignal) =>
    fetchNewEvents({ client, ask: (get) => readWithRetry(get, id, signal) }, id, seen, signal)

  async function recordState(state: JobState): Promise<Job> {
    const { id, status, model, fault } = state
    // Looking at a job again does not end it later.
    const endedAt = (await findJob(store, id))?.finished_at ?? now()
    await saveJobState(store, id, { status, model, fault, finished_at: isFinal(status) ? endedAt : null })
    return { id, status, model, fault }
  }

  async function checkpointsOf(id: string, signal?: AbortSignal): Promise<JobCheckpoint[]> {
    try {
      const path = `/fine_tuning/jobs/${encodeURIComponent(id)}/checkpoints`
      const get = () => client.get(path, { query: { limit: 100 }, signal, ...readOptions })
      const items = listItems(await readWithRetry(get, id, signal)) ?? []
      return items.flatMap((item) => parseCheckpoint(item) ?? [])
    } catch {
      signal?.throwIfAborted()
      return []
    }
  }

  /** Pauses or resumes; a server without either is told from one without the job. */
  async function pauseOrResume(id: string, ask: () => Promise<unknown>, signal?: AbortSignal): Promise<Job> {
    try {
      return await recordState(parseJob(await withErrors(ask, 'reading', id)))
    } catch (error) {
      if (!(error instanceof TrainerError) || !MAYBE_UNSUPPORTED_CODES.has(error.code)) throw error
      await retrieve(id, signal)
      throw new TrainerError('cannot_pause', error.message, { cause: error })
    }
  }

  async function servedModels(signal?: AbortSignal): Promise<ServedModel[]> {
    const list = () => client.get('/models', { signal, ...readOptions })
    const answer = await readWithRetry(list, 'models', signal).catch((error: unknown) => {
      if (error instanceof TrainerError && error.code === 'unknown_job') return null
      throw error
    })
    return (listItems(answer) ?? []).flatMap((item) => {
      const read = ListedModel.safeParse(item)
      return read.success ? { id: read.data.id, shutdownDate: read.data.shutdown_date } : []
    })
  }

  async function probeModel(model: string, signal = new AbortController().signal): Promise<boolean> {
    if (!deps.completions) return false
    try {
      await deps.completions(
        { model, messages: [{ role: 'user', content: 'Hello' }], mostTokens: PROBE_MAX_TOKENS },
        signal,
      )
      return true
    } catch (error) {
      if (error instanceof ModelFaultError && error.code === 'model_missing') return false
      throw error
    }
  }

  return {
    startJob: (request, options = {}) => startJob(startDeps, request, options),

    async watchJob(id, options = {}) {
      await refuseLocal(store, id)
      return watchJob(
        {
          fetchState: (signal) => retrieve(id, signal),
          fetchEvents: (seen, signal) => eventsOf(id, seen, signal),
          recordState,
          now,
          polling,
        },
        options,
      )
    },

    listJobs: () => listJobRows(store),

    async showJob(id, signal) {
      await refuseLocal(store, id)
      const [row, state] = await Promise.all([
        findJob(store, id),
        readWithRetry(() => client.fineTuning.jobs.retrieve(id, { signal, ...readOptions }), id, signal).then(parseJob),
      ])
      await recordState(state)
      const [events, checkpoints] = await Promise.all([eventsOf(id, new Set(), signal), checkpointsOf(id, signal)])
      return { state, row, events, checkpoints }
    },

    async cancelJob(id, signal) {
      await refuseLocal(store, id)
      return recordState(
        parseJob(await readWithRetry(() => client.fineTuning.jobs.cancel(id, { signal, ...readOptions }), id, signal)),
      )
    },

    pauseJob: (id, signal) =>
      pauseOrResume(id, () => client.fineTuning.jobs.pause(id, { signal, ...readOptions }), signal),
    resumeJob: (id, signal) =>
      pauseOrResume(id, () => client.fineTuning.jobs.resume(id, { signal, ...readOptions }), signal),

    async servesModel(model, signal) {
      try {
        await readWithRetry(() => client.models.retrieve(model, { signal, ...readOptions }), model, signal)
        return true
      } catch (error) {
        const isUnknown = error instanceof TrainerError && NOT_FOUND_CODES.has(error.code)
        if (!isUnknown) throw error
        // Not every server tells of one model, though it lists them all; some do neither, and answer all the same.
        const served = await servedModels(signal)
        return served.length > 0 ? served.some(({ id }) => id === model) : probeModel(model, signal)
      }
    },

    listServedModels: servedModels,

    async retiring(models, signal, served) {
      const [known, rows] = await Promise.all([served ?? servedModels(signal).catch(() => []), listJobRows(store)])
      signal?.throwIfAborted()
      const dateOf = (id: string) => known.find((one) => one.id === id)?.shutdownDate
      return models.map((model) => {
        const baseModel = rows.find((row) => row.model === model)?.base_model ?? baseModelOf(model)
        const own = dateOf(model)
        return { model, baseModel, baseUrl, shutdownDate: own ?? dateOf(baseModel) ?? own }
      })
    },
  }
}

/** Jobs that somebody trains by a bundle are known to no server. Throws {@link UsageError}. */
async function refuseLocal(store: Store, id: string): Promise<void> {
  const row = await findJob(store, id)
  if (row?.driver !== 'local') return
  const folder = dirname(row.manifest_file ?? '')
  throw new UsageError(
    row.model
      ? `${id} was trained by you and is done: it is ${row.model}.`
      : `${id} is trained by you: ${folder} says how. Then bring its model back with “models register NAME --bundle ${folder}”.`,
  )
}

/** The model that a finished job made. Throws {@link TrainingFailedError} with the trainer's own reason. */
export function trainedModelOf(job: Job): string {
  if (job.status === 'succeeded' && job.model) return job.model
  throw new TrainingFailedError(job)
}
