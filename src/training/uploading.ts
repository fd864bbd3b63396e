import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type OpenAI from 'openai'
import { z } from 'zod'
import { TrainerError, TrainingDataError } from './errors.ts'
import { type Following, type Polling, SLOWER } from './job-watching.ts'
import { wordsOf } from './provider-faults.ts'
import { asking, patiently, trainingFile } from './trainer-client.ts'

const UPLOAD_TIMEOUT_MS = 60 * 60_000
/**
 * A stream is read once, so a redirect cannot be followed anyway; but as long as `fetch` might follow one, it keeps a
 * second copy of all that was sent (Node's undici 7: 600 MB held of 600 MB sent, 1 MB with this).
 */
const NO_REDIRECT = { redirect: 'error' } as const
/** A trainer may look at a large file for a while; one that never ends is asked for the job all the same. */
const MOST_WAITS = 200
const MOST_PAUSE_MS = 5_000

const Uploaded = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  status: z.string().nullish().catch(null),
  status_details: z.unknown().optional(),
})
type Uploaded = z.infer<typeof Uploaded>

const UNREADY = new Set(['pending', 'uploading', 'running', 'processing', 'not_ready', 'validating'])
const REFUSED = new Set(['error', 'failed', 'invalid'])

/** Sends a file and waits until the trainer can use it; its id there. */
export async function uploadFile(
  client: OpenAI,
  { file, bytes, polling }: { file: string; bytes: number; polling: Polling },
  { onEvent, signal }: Following,
): Promise<string> {
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
    client.files.create(trainingFile(read(), basename(file)), {
      timeout: UPLOAD_TIMEOUT_MS,
      signal,
      fetchOptions: NO_REDIRECT,
    })
  const patience = {
    polling,
    whenBusy: 20,
    whenAway: 3,
    signal,
    onFault: (error: TrainerError) => onEvent?.({ kind: 'unreachable', error }),
  }
  let answer = readUploaded(await patiently(() => asking(send, 'uploading', file), patience), file)
  let pause = polling.firstMs
  for (let waits = 0; UNREADY.has(answer.status?.toLowerCase() ?? '') && waits < MOST_WAITS; waits += 1) {
    await wait(pause, undefined, { signal })
    pause = Math.min(pause * SLOWER, MOST_PAUSE_MS)
    const { id } = answer
    const look = () => asking(() => client.files.retrieve(id, { signal }), 'reading', file)
    const seen = await patiently(look, patience).catch((error: unknown) => {
      // A server that does not show files has taken this one all the same.
      if (error instanceof TrainerError && error.code === 'unknown_job') return null
      throw error
    })
    if (seen === null) break
    answer = readUploaded(seen, file)
  }
  return answer.id
}

function readUploaded(answer: unknown, file: string): Uploaded {
  const read = Uploaded.safeParse(answer)
  if (!read.success) throw new TrainerError('trainer_unreadable', 'a file without an id', { cause: read.error })
  if (!REFUSED.has(read.data.status?.toLowerCase() ?? '')) return read.data
  const message = wordsOf(read.data.status_details)?.message ?? 'the training server refused the file'
  throw new TrainingDataError(file, [{ line: null, name: 'refused_by_trainer', message }])
}
