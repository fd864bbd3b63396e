import { dirname } from 'node:path'
import { z } from 'zod'
import type { Completions } from '../../diagnosis/model/chat-completion.ts'
import { ModelFaultError } from '../../diagnosis/model/errors.ts'
import { UsageError } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'
import { TrainerError, TrainingFailedError } from '../errors.ts'
import { baseOf } from '../prices.ts'
import { createWithMetadata, createWithMethod } from './create-job.ts'
import { newEvents } from './job-events.ts'
import { findJob, type JobRow, listJobRows, saveJobState } from './job-records.ts'
import {
  isFinal,
  itemsOf,
  type JobCheckpoint,
  type JobState,
  readCheckpoint,
  readJob,
  type TrainerEvent,
} from './job-schema.ts'
import type { Retiring } from './retirement.ts'
import { type JobRequest, type StartJobDeps, startJob } from './start-job.ts'
import { trainerClient, withErrors, withRetry } from './trainer-client.ts'
import { findUpload, saveUpload } from './upload-cache.ts'
import { uploadFile } from './upload-file.ts'
import { type Job, POLLING, type Polling, type WatchDeps, watchJob } from './watch-job.ts'

export type ShownJob = {
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
  startJob(request: JobRequest, following?: WatchDeps): Promise<JobRow>
  /** Follows a job to its end, from wherever it stands; may be called again after a restart. */
  watchJob(id: string, following?: WatchDeps): Promise<Job>
  /** Every job started from here, the newest first. */
  listJobs(): Promise<JobRow[]>
  /** What the trainer and we know of one job; no trainer is asked for one that somebody trains by a bundle. */
  showJob(id: string, signal?: AbortSignal): Promise<ShownJob>
  cancelJob(id: string, signal?: AbortSignal): Promise<Job>
  /** Only where the trainer offers it: else `TrainerError` with the code `cannot_pause`. */
  pauseJob(id: string, signal?: AbortSignal): Promise<Job>
  resumeJob(id: string, signal?: AbortSignal): Promise<Job>
  /** Whether the server would still answer as this model. */
  servesModel(model: string, signal?: AbortSignal): Promise<boolean>
  /** Every model the server lists; empty where it lists none. */
  servedModels(signal?: AbortSignal): Promise<ServedModel[]>
  /**
   * What decides when these models retire. Never fails: where the server does not answer, our own records must do.
   * Who has the server's list already gives it.
   */
  retiring(models: readonly string[], signal?: AbortSignal, served?: readonly ServedModel[]): Promise<Retiring[]>
}

/** Enough for a model to show that it is there. */
const FEW_TOKENS = 16
const POLL_TIMEOUT_MS = 30_000
/** A creation is never cut short by us: its answer is the only sign that a job runs. */
const CREATE_TIMEOUT_MS = 2 * 60_000

const ListedModel = z.object({ id: z.string().min(1), shutdown_date: z.string().nullish().catch(undefined) })
const UNKNOWN: ReadonlySet<string> = new Set(['unknown_job', 'unknown_model', 'no_training'])
/** How a server that knows no pause may say so. */
const MAYBE_NOT_OFFERED: ReadonlySet<string> = new Set(['unknown_job', 'no_training'])

type ServedModel = { id: string; shutdownDate: string | null | undefined }

export function createJobs(deps: {
  baseUrl: string
  apiKey: string
  store: Store
  /** To ask a model itself whether it is there, at servers that list none. */
  answers?: Completions
  now?: () => number
  polling?: Partial<Polling>
}): Jobs {
  const { baseUrl, store, now = Date.now } = deps
  const polling = { ...POLLING, ...deps.polling }
  const client = trainerClient(deps)
  const reading = { timeout: POLL_TIMEOUT_MS }

  /** Asks what may be asked twice. */
  const look = <T>(ask: () => Promise<T>, what: string, signal?: AbortSignal) =>
    withRetry(() => withErrors(ask, 'reading', what), { polling, whenBusy: 4, whenAway: 2, signal })

  const starting: StartJobDeps = {
    baseUrl,
    store,
    now,
    async upload(file, { bytes, sha256 }, following) {
      const sent = { baseUrl, sha256 }
      const earlier = await findUpload(store, sent)
      const onSent = (id: string) => saveUpload(store, sent, id)
      return uploadFile(client, { file, bytes, polling, earlier, onSent }, following)
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
      return readJob(
        await withRetry(create, {
          polling,
          whenBusy: 20,
          whenAway: 0,
          signal,
          onFault: (error) => onEvent?.({ kind: 'unreachable', error }),
        }),
      )
    },
    async recent(signal) {
      try {
        const list = () => client.get('/fine_tuning/jobs', { query: { limit: 100 }, signal, ...reading })
        return (itemsOf(await look(list, 'jobs', signal)) ?? []).flatMap((item) => {
          try {
            return [readJob(item)]
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
    readJob(await withErrors(() => client.fineTuning.jobs.retrieve(id, { signal, ...reading }), 'reading', id))

  const eventsOf = (id: string, seen: Set<string>, signal?: AbortSignal) =>
    newEvents({ client, ask: (get) => look(get, id, signal) }, id, seen, signal)

  async function settle(state: JobState): Promise<Job> {
    const { id, status, model, fault } = state
    // Looking at a job again does not end it later.
    const endedAt = (await findJob(store, id))?.finished_at ?? now()
    await saveJobState(store, id, { status, model, fault, finished_at: isFinal(status) ? endedAt : null })
    return { id, status, model, fault }
  }

  async function checkpointsOf(id: string, signal?: AbortSignal): Promise<JobCheckpoint[]> {
    try {
      const path = `/fine_tuning/jobs/${encodeURIComponent(id)}/checkpoints`
      const get = () => client.get(path, { query: { limit: 100 }, signal, ...reading })
      const items = itemsOf(await look(get, id, signal)) ?? []
      return items.flatMap((item) => readCheckpoint(item) ?? [])
    } catch {
      signal?.throwIfAborted()
      return []
    }
  }

  /** Pauses or resumes; a server without either is told from one without the job. */
  async function turn(id: string, ask: () => Promise<unknown>, signal?: AbortSignal): Promise<Job> {
    try {
      return await settle(readJob(await withErrors(ask, 'reading', id)))
    } catch (error) {
      if (!(error instanceof TrainerError) || !MAYBE_NOT_OFFERED.has(error.code)) throw error
      await retrieve(id, signal)
      throw new TrainerError('cannot_pause', error.message, { cause: error })
    }
  }

  async function servedModels(signal?: AbortSignal): Promise<ServedModel[]> {
    const list = () => client.get('/models', { signal, ...reading })
    const answer = await look(list, 'models', signal).catch((error: unknown) => {
      if (error instanceof TrainerError && error.code === 'unknown_job') return null
      throw error
    })
    return (itemsOf(answer) ?? []).flatMap((item) => {
      const read = ListedModel.safeParse(item)
      return read.success ? { id: read.data.id, shutdownDate: read.data.shutdown_date } : []
    })
  }

  async function answersAs(model: string, signal = new AbortController().signal): Promise<boolean> {
    if (!deps.answers) return false
    try {
      await deps.answers({ model, messages: [{ role: 'user', content: 'Hello' }], mostTokens: FEW_TOKENS }, signal)
      return true
    } catch (error) {
      if (error instanceof ModelFaultError && error.code === 'model_missing') return false
      throw error
    }
  }

  return {
    startJob: (request, following = {}) => startJob(starting, request, following),

    async watchJob(id, following = {}) {
      await refuseLocal(store, id)
      return watchJob(
        {
          look: (signal) => retrieve(id, signal),
          news: (seen, signal) => eventsOf(id, seen, signal),
          settle,
          now,
          polling,
        },
        following,
      )
    },

    listJobs: () => listJobRows(store),

    async showJob(id, signal) {
      await refuseLocal(store, id)
      const [row, state] = await Promise.all([
        findJob(store, id),
        look(() => client.fineTuning.jobs.retrieve(id, { signal, ...reading }), id, signal).then(readJob),
      ])
      await settle(state)
      const [events, checkpoints] = await Promise.all([eventsOf(id, new Set(), signal), checkpointsOf(id, signal)])
      return { state, row, events, checkpoints }
    },

    async cancelJob(id, signal) {
      await refuseLocal(store, id)
      return settle(readJob(await look(() => client.fineTuning.jobs.cancel(id, { signal, ...reading }), id, signal)))
    },

    pauseJob: (id, signal) => turn(id, () => client.fineTuning.jobs.pause(id, { signal, ...reading }), signal),
    resumeJob: (id, signal) => turn(id, () => client.fineTuning.jobs.resume(id, { signal, ...reading }), signal),

    async servesModel(model, signal) {
      try {
        await look(() => client.models.retrieve(model, { signal, ...reading }), model, signal)
        return true
      } catch (error) {
        const isUnknown = error instanceof TrainerError && UNKNOWN.has(error.code)
        if (!isUnknown) throw error
        // Not every server tells of one model, though it lists them all; some do neither, and answer all the same.
        const served = await servedModels(signal)
        return served.length > 0 ? served.some(({ id }) => id === model) : answersAs(model, signal)
      }
    },

    servedModels,

    async retiring(models, signal, served) {
      const [known, rows] = await Promise.all([served ?? servedModels(signal).catch(() => []), listJobRows(store)])
      signal?.throwIfAborted()
      const dateOf = (id: string) => known.find((one) => one.id === id)?.shutdownDate
      return models.map((model) => {
        const baseModel = rows.find((row) => row.model === model)?.base_model ?? baseOf(model)
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
export function modelOf(job: Job): string {
  if (job.status === 'succeeded' && job.model) return job.model
  throw new TrainingFailedError(job)
}
