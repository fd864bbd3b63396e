import { UsageError } from '../../lib/errors.ts'
import type { Store } from '../../store/open.ts'
import { isTransient, TrainerError } from '../errors.ts'
import { createWithMetadata, createWithMethod } from './create-job.ts'
import { fetchNewEvents } from './job-events.ts'
import type { JobKey } from './job-records.ts'
import { isFinal, type JobState, listItems, METADATA_KEYS, parseCheckpoint, parseJob } from './job-schema.ts'
import type { PollingIntervals } from './polling.ts'
import type { PreparedJob, StartOptions, Trainer } from './trainer.ts'
import { type TrainerClient, withErrors, withRetry } from './trainer-client.ts'
import { deleteUpload, findUpload, saveUpload } from './upload-cache.ts'
import { uploadFile } from './upload-file.ts'

/** A read that takes longer is asked again. */
export const READ_TIMEOUT_MS = 30_000
/** A creation is never cut short by us: its answer is the only sign that a job runs. */
const CREATE_TIMEOUT_MS = 2 * 60_000
const METADATA = { mostPairs: 16, mostKeyChars: 64, mostValueChars: 512 } as const
const MAX_SUFFIX_CHARS = 64
/** How a server that knows no pause may say so. */
const MAYBE_UNSUPPORTED_CODES: ReadonlySet<string> = new Set(['unknown_job', 'no_training'])

type UploadedFiles = { train: string; validation: string | null }

/** Any server that speaks OpenAI's files and fine-tuning jobs. */
export function createOpenaiTrainer(deps: {
  client: TrainerClient
  baseUrl: string
  store: Store
  polling: PollingIntervals
}): Trainer {
  const { client, baseUrl, store, polling } = deps
  const readOptions = { timeout: READ_TIMEOUT_MS }
  const jobs = client.fineTuning.jobs

  /** Asks what may be asked twice. */
  const readWithRetry = <T>(ask: () => Promise<T>, what: string, signal?: AbortSignal) =>
    withRetry(() => withErrors(ask, 'reading', what), { polling, busyRetries: 4, unreachableRetries: 2, signal })

  const fetchState = async (id: string, signal?: AbortSignal) =>
    parseJob(await withErrors(() => jobs.retrieve(id, { signal, ...readOptions }), 'reading', id))

  async function upload({ file, check }: PreparedJob['train'], options: StartOptions): Promise<string> {
    const sent = { baseUrl, sha256: check.sha256 }
    const cachedId = await findUpload(store, sent)
    const onUploaded = (id: string) => saveUpload(store, sent, id)
    return uploadFile(client, { file, bytes: check.bytes, polling, cachedId, onUploaded }, options)
  }

  async function create(
    job: PreparedJob,
    files: UploadedFiles,
    metadata: Readonly<Record<string, string>>,
    { signal, onEvent }: StartOptions,
  ) {
    const body = {
      model: job.key.base_model,
      training_file: files.train,
      ...(files.validation && { validation_file: files.validation }),
      ...(job.suffix && { suffix: job.suffix }),
      ...(typeof job.recipe.seed === 'number' && { seed: job.recipe.seed }),
    }
    const send = (more: object) =>
      withErrors(() => jobs.create({ ...body, ...more }, { timeout: CREATE_TIMEOUT_MS }), 'creating', job.train.file)
    const ask = () =>
      createWithMetadata(metadata, (known) => createWithMethod(job.recipe, (method) => send({ ...known, ...method })))
    // Only what was refused for now is asked for again: two jobs would be paid for twice.
    return parseJob(
      await withRetry(ask, {
        polling,
        busyRetries: 20,
        unreachableRetries: 0,
        signal,
        onError: (error) => onEvent?.({ kind: 'unreachable', error }),
      }),
    )
  }

  async function listRecentJobs(signal?: AbortSignal): Promise<readonly JobState[]> {
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
  }

  /**
   * The answer to a creation can be lost although the job was made. It is never asked for a second time, which could
   * start and bill a second job: the file, uploaded a moment ago, names the first.
   */
  async function createOnce(
    job: PreparedJob,
    files: UploadedFiles,
    metadata: Readonly<Record<string, string>>,
    options: StartOptions,
  ) {
    try {
      return await create(job, files, metadata, options)
    } catch (error) {
      if (!isTransient(error) || error.code !== 'trainer_unreachable') throw error
      const isNew = (one: JobState) =>
        one.trainingFile === null && one.dataSha256 === metadata[METADATA_KEYS.data] && !isFinal(one.status)
      const recent = await listRecentJobs(options.signal)
      const found = recent.find((one) => one.trainingFile === files.train) ?? recent.find(isNew)
      if (!found) throw error
      return found
    }
  }

  /** Pauses or resumes; a server without either is told from one without the job. */
  async function pauseOrResume(id: string, ask: () => Promise<unknown>, signal?: AbortSignal): Promise<JobState> {
    try {
      return parseJob(await withErrors(ask, 'reading', id))
    } catch (error) {
      if (!(error instanceof TrainerError) || !MAYBE_UNSUPPORTED_CODES.has(error.code)) throw error
      await fetchState(id, signal)
      throw new TrainerError('cannot_pause', error.message, { cause: error })
    }
  }

  return {
    driver: 'openai',
    baseUrl,
    validate(job) {
      if ((job.suffix?.length ?? 0) > MAX_SUFFIX_CHARS)
        throw new UsageError(`A suffix has at most ${MAX_SUFFIX_CHARS} characters.`)
      metadataOf(job)
    },
    async start(job, options) {
      const files = {
        train: await upload(job.train, options),
        validation: job.validation && (await upload(job.validation, options)),
      }
      options.signal?.throwIfAborted()
      const state = await createOnce(job, files, metadataOf(job), options)
      return {
        state,
        trainFile: job.train.file,
        async onSaved() {
          for (const { check } of [job.train, ...(job.validation ? [job.validation] : [])])
            await deleteUpload(store, { baseUrl, sha256: check.sha256 })
        },
      }
    },
    async findStarted(key, signal) {
      const cachedFileId = await findUpload(store, { baseUrl, sha256: key.data_sha256 })
      return findOrphanedJob(await listRecentJobs(signal), key, cachedFileId)
    },
    fetchState,
    fetchStatePatiently: async (id, signal) =>
      parseJob(await readWithRetry(() => jobs.retrieve(id, { signal, ...readOptions }), id, signal)),
    fetchEvents: (id, seen, signal) =>
      fetchNewEvents({ client, ask: (get) => readWithRetry(get, id, signal) }, id, seen, signal),
    async listCheckpoints(id, signal) {
      try {
        const path = `/fine_tuning/jobs/${encodeURIComponent(id)}/checkpoints`
        const get = () => client.get(path, { query: { limit: 100 }, signal, ...readOptions })
        const items = listItems(await readWithRetry(get, id, signal)) ?? []
        return items.flatMap((item) => parseCheckpoint(item) ?? [])
      } catch {
        signal?.throwIfAborted()
        return []
      }
    },
    cancel: async (id, signal) =>
      parseJob(await readWithRetry(() => jobs.cancel(id, { signal, ...readOptions }), id, signal)),
    pause: (id, signal) => pauseOrResume(id, () => jobs.pause(id, { signal, ...readOptions }), signal),
    resume: (id, signal) => pauseOrResume(id, () => jobs.resume(id, { signal, ...readOptions }), signal),
  }
}

/** Ours and theirs, within the bounds that OpenAI sets. Throws {@link UsageError}. */
function metadataOf({ metadata, key, provenance: { manifest } }: PreparedJob): Record<string, string> {
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
