import { setTimeout as wait } from 'node:timers/promises'
import OpenAI, { APIConnectionError, APIError, toStreamingFile } from 'openai'
import pRetry from 'p-retry'
import { AppError, isAbort } from '../../lib/errors.ts'
import { isTransient, TrainerError } from '../errors.ts'
import type { PollingIntervals } from './polling.ts'
import { errorFromResponse, errorMessageOf, type TrainerOperation } from './provider-faults.ts'

/** The client as `openai` makes it, but for refusals: other servers word them where it does not look. */
class TrainerClient extends OpenAI {
  protected override makeStatusError(status: number, body: unknown, text: string | undefined, headers: Headers) {
    return super.makeStatusError(
      status,
      { error: errorMessageOf(body) ?? errorMessageOf(text) ?? { message: 'no reason given' } },
      text,
      headers,
    )
  }
}

export type { TrainerClient }

/** It asks once: what may be asked again is for {@link withRetry} to say. */
export function createTrainerClient({ baseUrl, apiKey }: { baseUrl: string; apiKey: string }): TrainerClient {
  return new TrainerClient({ baseURL: baseUrl, apiKey, logLevel: 'off', maxRetries: 0 })
}

/** A file to be sent as it is read: none has to fit into memory. */
export function trainingFile(content: AsyncIterable<Uint8Array>, name: string) {
  return { file: toStreamingFile(content, name), purpose: 'fine-tune' } as const
}

/** Asks, and throws {@link TrainerError} or another error with a remedy when it goes wrong. */
export async function withErrors<T>(ask: () => Promise<T>, operation: TrainerOperation, file: string): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw translateError(error, operation, file)
  }
}

export type RetryLimits = {
  polling: PollingIntervals
  /** How often a server that says it is busy is asked again; it refused, so nothing was done twice. */
  busyRetries: number
  /** How often one that cannot be reached is: only for what may happen twice. */
  unreachableRetries: number
  signal?: AbortSignal | undefined
  onError?: ((error: TrainerError) => void) | undefined
}

/** A server may ask for longer pauses than anybody would sit through. */
const MAX_RETRY_AFTER_MS = 5 * 60_000

/**
 * Asks again while that may help, and not before the server wants to be asked. What was answered is given back even when
 * we were called off meanwhile: a job that was made must be kept.
 */
export async function withRetry<T>(ask: () => Promise<T>, limits: RetryLimits): Promise<T> {
  const { polling, busyRetries, unreachableRetries, signal, onError } = limits
  const answers: T[] = []
  const attempt = async () => {
    answers.push(await ask())
  }
  try {
    await pRetry(attempt, {
      retries: Math.max(busyRetries, unreachableRetries),
      minTimeout: polling.initialMs * 4,
      maxTimeout: Math.max(polling.maxMs * 2, polling.initialMs * 4),
      ...(signal && { signal }),
      shouldRetry: ({ error, attemptNumber }) =>
        isTransient(error) &&
        attemptNumber <= (error.code === 'trainer_unreachable' ? unreachableRetries : busyRetries),
      async onFailedAttempt({ error, retriesLeft }) {
        if (!isTransient(error) || retriesLeft === 0) return
        onError?.(error)
        if (error.retryAfterMs) await wait(error.retryAfterMs, undefined, { signal })
      },
    })
  } catch (error) {
    if (answers.length === 0) throw error
  }
  return answers[0] as T
}

function translateError(error: unknown, operation: TrainerOperation, file: string): unknown {
  if (error instanceof AppError || isAbort(error)) return error
  if (error instanceof APIConnectionError)
    return new TrainerError(isRedirect(error) ? 'trainer_moved' : 'trainer_unreachable', error.message, {
      cause: error,
    })
  if (error instanceof APIError) {
    const { status, code, message } = error
    return errorFromResponse(
      { status, code, message, retryAfterMs: parseRetryAfter(error.headers) },
      operation,
      file,
      error,
    )
  }
  if (error instanceof SyntaxError) return new TrainerError('trainer_unreadable', 'no JSON', { cause: error })
  return error
}

/** Node tells a redirect that was not to be followed from a lost connection by these words alone. */
function isRedirect({ cause }: Error): boolean {
  return cause instanceof Error && (cause.message === 'unexpected redirect' || isRedirect(cause))
}

/** How long a server wants to be left alone: seconds or a date. */
function parseRetryAfter(headers: Headers | undefined): number | null {
  const said = headers?.get('retry-after')
  if (!said) return null
  const ms = /^\d+(\.\d+)?$/.test(said) ? Number(said) * 1_000 : Date.parse(said) - Date.now()
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}
