import type { Completions } from '../../diagnosis/model/chat-completion.ts'
import type { Store } from '../../store/open.ts'
import { TrainingFailedError } from '../errors.ts'
import { baseModelOf } from '../prices.ts'
import { findJob, type JobRow, listJobRows, saveJobState } from './job-records.ts'
import { isFinal, type JobCheckpoint, type JobState, type TrainerEvent } from './job-schema.ts'
import { createLocalTrainer } from './local-trainer.ts'
import { createOpenaiTrainer } from './openai-trainer.ts'
import { DEFAULT_POLLING, type PollingIntervals } from './polling.ts'
import type { RetirementFacts } from './retirement.ts'
import { createServedModels, type ServedModel } from './served-models.ts'
import { type JobRequest, startJob } from './start-job.ts'
import type { Trainer } from './trainer.ts'
import { createTrainerClient } from './trainer-client.ts'
import { type Job, type WatchOptions, watchJob } from './watch-job.ts'

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
  const openai = createOpenaiTrainer({ client, baseUrl, store, polling })
  const local = createLocalTrainer({ store, now })
  const served = createServedModels({ client, polling, completions: deps.completions })
  /** Who trains this job; one that we know nothing of can only be the server's. */
  const trainerOf = async (id: string): Promise<Trainer> =>
    (await findJob(store, id))?.driver === 'local' ? local : openai

  async function recordState(state: JobState): Promise<Job> {
    const { id, status, model, fault } = state
    // Looking at a job again does not end it later.
    const endedAt = (await findJob(store, id))?.finished_at ?? now()
    await saveJobState(store, id, { status, model, fault, finished_at: isFinal(status) ? endedAt : null })
    return { id, status, model, fault }
  }

  return {
    startJob: (request, options = {}) => startJob({ store, trainer: openai, now }, request, options),
    async watchJob(id, options = {}) {
      return watchJob({ trainer: await trainerOf(id), recordState, now, polling }, id, options)
    },
    listJobs: () => listJobRows(store),
    async showJob(id, signal) {
      const trainer = await trainerOf(id)
      const [row, state] = await Promise.all([findJob(store, id), trainer.fetchStatePatiently(id, signal)])
      await recordState(state)
      const [events, checkpoints] = await Promise.all([
        trainer.fetchEvents(id, new Set(), signal),
        trainer.listCheckpoints(id, signal),
      ])
      return { state, row, events, checkpoints }
    },
    cancelJob: async (id, signal) => recordState(await (await trainerOf(id)).cancel(id, signal)),
    pauseJob: async (id, signal) => recordState(await (await trainerOf(id)).pause(id, signal)),
    resumeJob: async (id, signal) => recordState(await (await trainerOf(id)).resume(id, signal)),
    servesModel: served.serves,
    listServedModels: served.list,
    async retiring(models, signal, listed) {
      const [known, rows] = await Promise.all([listed ?? served.list(signal).catch(() => []), listJobRows(store)])
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

/** The model that a finished job made. Throws {@link TrainingFailedError} with the trainer's own reason. */
export function trainedModelOf(job: Job): string {
  if (job.status === 'succeeded' && job.model) return job.model
  throw new TrainingFailedError(job)
}
