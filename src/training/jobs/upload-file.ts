import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type OpenAI from 'openai'
import { z } from 'zod'
import { isTransient, TrainerError, TrainingDataError } from '../errors.ts'
import { BACKOFF_FACTOR, type PollingIntervals } from './polling.ts'
import { errorMessageOf } from './provider-faults.ts'
import type { StartOptions } from './trainer.ts'
import { trainingFile, withErrors, withRetry } from './trainer-client.ts'

const UPLOAD_TIMEOUT_MS = 60 * 60_000
/**
 * A stream is read once, so a redirect cannot be followed anyway; but as long as `fetch` might follow one, it keeps a
 * second copy of all that was sent (Node's undici 7: 600 MB held of 600 MB sent, 1 MB with this).
 */
const NO_REDIRECT = { redirect: 'error' } as const
/** When all of a file was sent, its id is waited for so long even by who was called off: else nobody knew of it. */
const ABORT_GRACE_MS = 5_000
/** A trainer may look at a large file for a while; one that never ends is asked for the job all the same. */
const MAX_POLLS = 200
const MAX_PAUSE_MS = 5_000

const Uploaded = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  status: z.string().nullish().catch(null),
  status_details: z.unknown().optional(),
  bytes: z.number().nullish().catch(null),
})
type Uploaded = z.infer<typeof Uploaded>

const PENDING_STATUSES = new Set(['pending', 'uploading', 'running', 'processing', 'not_ready', 'validating'])
const REJECTED_STATUSES = new Set(['error', 'failed', 'invalid', 'deleted', 'expired'])

export type UploadRequest = {
  file: string
  bytes: number
  polling: PollingIntervals
  /** What a start that was broken off has sent; null where none has. */
  cachedId: string | null
  /** Told as soon as it is there, so that it is found again whatever happens next. */
  onUploaded: (id: string) => Promise<void>
}

/**
 * Sends a file, unless it was sent before and is still there, and waits until the trainer can use it; its id there. One
 * that the trainer refuses is removed again, where that is offered.
 */
export async function uploadFile(
  client: OpenAI,
  { file, bytes, polling, cachedId, onUploaded }: UploadRequest,
  { onEvent, signal }: StartOptions,
): Promise<string> {
  let sent = 0
  const read = async function* () {
    sent = 0
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      sent += chunk.length
      onEvent?.({ kind: 'uploading', file, sent, bytes })
      yield chunk
    }
  }
  // A stream can be read only once, so the client cannot repeat the request; each attempt reads the file anew.
  const send = async () => {
    using stopping = delayAbort(signal, () => (sent < bytes ? 0 : ABORT_GRACE_MS))
    return await client.files.create(trainingFile(read(), basename(file)), {
      timeout: UPLOAD_TIMEOUT_MS,
      signal: stopping.signal,
      fetchOptions: NO_REDIRECT,
    })
  }
  const limits = {
    polling,
    busyRetries: 20,
    unreachableRetries: 3,
    signal,
    onError: (error: TrainerError) => onEvent?.({ kind: 'unreachable', error }),
  }
  const retrieveFile = (id: string) =>
    withRetry(() => withErrors(() => client.files.retrieve(id, { signal }), 'reading', file), limits)
  const upload = async () => {
    const sent = parseUploaded(await withRetry(() => withErrors(send, 'uploading', file), limits))
    await onUploaded(sent.id)
    return sent
  }
  const isReusable = (found: Uploaded) => !isRejected(found) && (found.bytes ?? bytes) === bytes
  const cached = cachedId === null ? null : await retrieveFile(cachedId).then(parseUploaded).catch(nullIfUnsupported)
  const reused = cached && isReusable(cached) ? cached : null
  let answer = reused ?? (await upload())
  onEvent?.({ kind: 'uploaded', file, id: answer.id, isReused: reused !== null })
  let pause = polling.initialMs
  for (let waits = 0; PENDING_STATUSES.has(answer.status?.toLowerCase() ?? '') && waits < MAX_POLLS; waits += 1) {
    await wait(pause, undefined, { signal })
    pause = Math.min(pause * BACKOFF_FACTOR, MAX_PAUSE_MS)
    const seen = await retrieveFile(answer.id).then(parseUploaded).catch(nullIfUnsupported)
    // A server that does not show files has taken this one all the same.
    if (seen === null) break
    answer = seen
  }
  if (!isRejected(answer)) return answer.id
  await client.files.delete(answer.id).catch(() => undefined)
  const message = errorMessageOf(answer.status_details)?.message ?? 'the training server refused the file'
  throw new TrainingDataError(file, [{ line: null, name: 'refused_by_trainer', message }])
}

/** Follows a signal after a while that is known only then. */
function delayAbort(signal: AbortSignal | undefined, afterMs: () => number): { signal: AbortSignal } & Disposable {
  const later = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    timer = setTimeout(() => later.abort(signal?.reason), afterMs())
  }
  if (signal?.aborted) later.abort(signal.reason)
  else signal?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: later.signal,
    [Symbol.dispose]() {
      signal?.removeEventListener('abort', onAbort)
      clearTimeout(timer)
    },
  }
}

function isRejected({ status }: Uploaded): boolean {
  return REJECTED_STATUSES.has(status?.toLowerCase() ?? '')
}

/** Not every server shows files. */
function nullIfUnsupported(error: unknown): null {
  if (error instanceof TrainerError && !isTransient(error)) return null
  throw error
}

function parseUploaded(answer: unknown): Uploaded {
  const read = Uploaded.safeParse(answer)
  if (read.success) return read.data
  throw new TrainerError('trainer_unreadable', 'a file without an id', { cause: read.error })
}
