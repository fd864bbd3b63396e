import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type OpenAI from 'openai'
import { z } from 'zod'
import { isPassing, TrainerError, TrainingDataError } from '../errors.ts'
import { wordsOf } from './provider-faults.ts'
import { trainingFile, withErrors, withRetry } from './trainer-client.ts'
import { type Polling, SLOWER, type WatchDeps } from './watch-job.ts'

const UPLOAD_TIMEOUT_MS = 60 * 60_000
/**
 * A stream is read once, so a redirect cannot be followed anyway; but as long as `fetch` might follow one, it keeps a
 * second copy of all that was sent (Node's undici 7: 600 MB held of 600 MB sent, 1 MB with this).
 */
const NO_REDIRECT = { redirect: 'error' } as const
/** When all of a file was sent, its id is waited for so long even by who was called off: else nobody knew of it. */
const LAST_WORD_MS = 5_000
/** A trainer may look at a large file for a while; one that never ends is asked for the job all the same. */
const MOST_WAITS = 200
const MOST_PAUSE_MS = 5_000

const Uploaded = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  status: z.string().nullish().catch(null),
  status_details: z.unknown().optional(),
  bytes: z.number().nullish().catch(null),
})
type Uploaded = z.infer<typeof Uploaded>

const UNREADY = new Set(['pending', 'uploading', 'running', 'processing', 'not_ready', 'validating'])
const REFUSED = new Set(['error', 'failed', 'invalid', 'deleted', 'expired'])

export type Upload = {
  file: string
  bytes: number
  polling: Polling
  /** What a start that was broken off has sent; null where none has. */
  earlier: string | null
  /** Told as soon as it is there, so that it is found again whatever happens next. */
  onSent: (id: string) => Promise<void>
}

/**
 * Sends a file, unless it was sent before and is still there, and waits until the trainer can use it; its id there. One
 * that the trainer refuses is removed again, where that is offered.
 */
export async function uploadFile(
  client: OpenAI,
  { file, bytes, polling, earlier, onSent }: Upload,
  { onEvent, signal }: WatchDeps,
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
    using stopping = stopLater(signal, () => (sent < bytes ? 0 : LAST_WORD_MS))
    return await client.files.create(trainingFile(read(), basename(file)), {
      timeout: UPLOAD_TIMEOUT_MS,
      signal: stopping.signal,
      fetchOptions: NO_REDIRECT,
    })
  }
  const timeouts = {
    polling,
    whenBusy: 20,
    whenAway: 3,
    signal,
    onFault: (error: TrainerError) => onEvent?.({ kind: 'unreachable', error }),
  }
  const look = (id: string) =>
    withRetry(() => withErrors(() => client.files.retrieve(id, { signal }), 'reading', file), timeouts)
  const sendIt = async () => {
    const sent = readUploaded(await withRetry(() => withErrors(send, 'uploading', file), timeouts))
    await onSent(sent.id)
    return sent
  }
  const isSame = (found: Uploaded) => !isRefused(found) && (found.bytes ?? bytes) === bytes
  const again = earlier === null ? null : await look(earlier).then(readUploaded).catch(whenUnknown)
  const reused = again && isSame(again) ? again : null
  let answer = reused ?? (await sendIt())
  onEvent?.({ kind: 'uploaded', file, id: answer.id, isReused: reused !== null })
  let pause = polling.firstMs
  for (let waits = 0; UNREADY.has(answer.status?.toLowerCase() ?? '') && waits < MOST_WAITS; waits += 1) {
    await wait(pause, undefined, { signal })
    pause = Math.min(pause * SLOWER, MOST_PAUSE_MS)
    const seen = await look(answer.id).then(readUploaded).catch(whenUnknown)
    // A server that does not show files has taken this one all the same.
    if (seen === null) break
    answer = seen
  }
  if (!isRefused(answer)) return answer.id
  await client.files.delete(answer.id).catch(() => undefined)
  const message = wordsOf(answer.status_details)?.message ?? 'the training server refused the file'
  throw new TrainingDataError(file, [{ line: null, name: 'refused_by_trainer', message }])
}

/** Follows a signal after a while that is known only then. */
function stopLater(signal: AbortSignal | undefined, afterMs: () => number): { signal: AbortSignal } & Disposable {
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

function isRefused({ status }: Uploaded): boolean {
  return REFUSED.has(status?.toLowerCase() ?? '')
}

/** Not every server shows files. */
function whenUnknown(error: unknown): null {
  if (error instanceof TrainerError && !isPassing(error)) return null
  throw error
}

function readUploaded(answer: unknown): Uploaded {
  const read = Uploaded.safeParse(answer)
  if (read.success) return read.data
  throw new TrainerError('trainer_unreadable', 'a file without an id', { cause: read.error })
}
