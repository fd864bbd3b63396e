import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import OpenAI, { APIConnectionError, APIError, toStreamingFile } from 'openai'
import pRetry from 'p-retry'
import { z } from 'zod'
import { AppError, isAbort } from '../lib/errors.ts'
import type { Store } from '../store/open.ts'
import { isPassing, TrainerError, TrainingFailedError } from './errors.ts'
import { DATA_SHA256, inOrder, isFinal, type JobState, readEvent, readJob, type TrainerEvent } from './job-reading.ts'
import { type Following, followJob, type Job, POLLING, type Polling, SLOWER } from './job-watching.ts'
import { type Doing, readRefusal } from './provider-faults.ts'
import { type JobRow, listJobRows, saveJobState } from './records.ts'
import { type JobRequest, type Starting, startJob } from './starting.ts'

/** Fine-tuning at any server that speaks OpenAI's files and jobs. All may throw {@link TrainerError}. */
export type Jobs = {
  /**
   * Checks and uploads the files and starts a job. Throws `TrainingDataError` with the faulty lines, and
   * `DuplicateJobError` when the same data was trained on the same base model before.
   */
  startJob(request: JobRequest, following?: Following): Promise<JobRow>
  /** Follows a job to its end, from wherever it stands; may be called again after a restart. */
  watchJob(id: string, following?: Following): Promise<Job>
  /** Every job started from here, the newest first. */
  listJobs(): Promise<JobRow[]>
  cancelJob(id: string, signal?: AbortSignal): Promise<Job>
  /** Whether the server would still answer as this model. */
  servesModel(model: string, signal?: AbortSignal): Promise<boolean>
}

const POLL_TIMEOUT_MS = 30_000
const UPLOAD_TIMEOUT_MS = 60 * 60_000
const MOST_SUFFIX_CHARS = 64
const MOST_EVENT_PAGES = 20

const UploadedFile = z.object({ id: z.string().min(1), status: z.string().nullish() })
const UNREADY = new Set(['pending', 'uploading', 'running', 'processing', 'not_ready'])

export function createJobs(parts: {
  baseUrl: string
  apiKey: string
  store: Store
  now?: () => number
  polling?: Partial<Polling>
}): Jobs {
  const { baseUrl, store, now = Date.now } = parts
  const polling = { ...POLLING, ...parts.polling }
  const client = new OpenAI({ baseURL: baseUrl, apiKey: parts.apiKey, logLevel: 'off', maxRetries: 2 })

  async function upload(file: string, bytes: number, { onEvent, signal }: Following): Promise<string> {
    const read = async function* () {
      let sent = 0
      for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
        sent += chunk.length
        onEvent?.({ kind: 'uploading', file, sent, bytes })
        yield chunk
      }
    }
    // A stream can be read only once, so the client cannot repeat the request; each attempt reads the file anew.
    const send = () =>
      client.files.create(
        { file: toStreamingFile(read(), basename(file)), purpose: 'fine-tune' },
        { maxRetries: 0, timeout: UPLOAD_TIMEOUT_MS, signal },
      )
    const sent = await pRetry(() => asking(send, 'uploading', file), {
      retries: 3,
      minTimeout: polling.firstMs * 4,
      signal,
      shouldRetry: ({ error }) => isPassing(error),
    })
    let answer = readUploaded(sent)
    for (let pause = polling.firstMs; UNREADY.has(answer.status ?? ''); pause = Math.min(pause * SLOWER, 5_000)) {
      await wait(pause, undefined, { signal })
      answer = readUploaded(await asking(() => client.files.retrieve(answer.id, { signal }), 'uploading', file))
    }
    return answer.id
  }

  const starting: Starting = {
    baseUrl,
    store,
    now,
    upload,
    async create(request, files, dataSha256, signal) {
      const body = {
        model: request.baseModel,
        training_file: files.train,
        ...(files.validation && { validation_file: files.validation }),
        ...(request.suffix && { suffix: request.suffix.slice(0, MOST_SUFFIX_CHARS) }),
        ...(request.seed !== undefined && { seed: request.seed }),
        metadata: { ...request.metadata, [DATA_SHA256]: dataSha256 },
      }
      const create = () => client.fineTuning.jobs.create(body, { maxRetries: 0, signal })
      return readJob(await asking(create, 'creating', request.train))
    },
    async recent(signal) {
      try {
        return (await client.fineTuning.jobs.list({ limit: 100 }, { signal, maxRetries: 0 })).data.map(readJob)
      } catch {
        signal?.throwIfAborted()
        return []
      }
    },
  }

  /** What happened since the last look, in its order. Events are for show: a server without them still trains. */
  async function newEvents(id: string, seen: Set<string>, signal?: AbortSignal): Promise<TrainerEvent[]> {
    const fresh: TrainerEvent[] = []
    try {
      let page = await client.fineTuning.jobs.listEvents(id, { limit: 100 }, { signal, maxRetries: 0 })
      for (let pages = 1; ; pages += 1) {
        const unseen = page.data
          .flatMap((event) => readEvent(event) ?? [])
          .filter(({ key }) => !seen.has(key) && seen.add(key))
        // The newest come first as a rule; where they come last, news may stand on any later page.
        const isNewestFirst = (page.data[0]?.created_at ?? 0) >= (page.data.at(-1)?.created_at ?? 0)
        fresh.push(...(isNewestFirst ? unseen.reverse() : unseen))
        const isAllKnown = unseen.length === 0 && isNewestFirst
        if (isAllKnown || pages === MOST_EVENT_PAGES || !page.hasNextPage()) break
        page = await page.getNextPage()
      }
    } catch {
      signal?.throwIfAborted()
    }
    return inOrder(fresh)
  }

  async function settle(state: JobState): Promise<Job> {
    const { id, status, model, fault } = state
    await saveJobState(store, id, { status, model, fault, finished_at: isFinal(status) ? now() : null })
    return { id, status, model, fault }
  }

  return {
    startJob: (request, following = {}) => startJob(starting, request, following),

    async watchJob(id, following = {}) {
      const retrieve = (signal?: AbortSignal) =>
        asking(
          () => client.fineTuning.jobs.retrieve(id, { signal, maxRetries: 0, timeout: POLL_TIMEOUT_MS }),
          'reading',
          id,
        )
      return followJob(
        {
          look: async (signal) => readJob(await retrieve(signal)),
          news: (seen, signal) => newEvents(id, seen, signal),
          settle,
          now,
          polling,
        },
        following,
      )
    },

    listJobs: () => listJobRows(store),

    async cancelJob(id, signal) {
      return settle(readJob(await asking(() => client.fineTuning.jobs.cancel(id, { signal }), 'reading', id)))
    },

    async servesModel(model, signal) {
      try {
        await asking(() => client.models.retrieve(model, { signal }), 'reading', model)
        return true
      } catch (error) {
        if (error instanceof TrainerError && (error.code === 'unknown_job' || error.code === 'unknown_model'))
          return false
        throw error
      }
    },
  }
}

/** The model that a finished job made. Throws {@link TrainingFailedError} with the trainer's own reason. */
export function modelOf(job: Job): string {
  if (job.status === 'succeeded' && job.model) return job.model
  throw new TrainingFailedError(job)
}

function readUploaded(answer: unknown): z.infer<typeof UploadedFile> {
  const read = UploadedFile.safeParse(answer)
  if (!read.success) throw new TrainerError('trainer_unreadable', 'a file without an id', { cause: read.error })
  return read.data
}

async function asking<T>(ask: () => Promise<T>, doing: Doing, file: string): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw translate(error, doing, file)
  }
}

function translate(error: unknown, doing: Doing, file: string): unknown {
  if (error instanceof AppError || isAbort(error)) return error
  if (error instanceof APIConnectionError)
    return new TrainerError('trainer_unreachable', error.message, { cause: error })
  if (error instanceof APIError) return readRefusal(error, doing, file, error)
  if (error instanceof SyntaxError) return new TrainerError('trainer_unreadable', 'no JSON', { cause: error })
  return error
}
