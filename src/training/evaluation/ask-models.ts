import { setTimeout as wait } from 'node:timers/promises'
import PQueue from 'p-queue'
import pRetry from 'p-retry'
import { ModelFaultError } from '../../diagnosis/model/errors.ts'
import { EvaluationInterruptedError } from '../errors.ts'

export type RequestLimits = {
  /** Requests at once while the server keeps up. */
  concurrency: number
  /** Further attempts at one row, and the pause before the first of them; later ones are twice as long each. */
  retries: number
  initialDelayMs: number
  /** A server that asks for a longer wait than this is not waited for. */
  maxDelayMs: number
  /** So many rows in a row that could not be asked, and the run stops, to go on later. */
  maxConsecutiveFailures: number
}

export const DEFAULT_LIMITS: RequestLimits = {
  concurrency: 4,
  retries: 5,
  initialDelayMs: 500,
  maxDelayMs: 120_000,
  maxConsecutiveFailures: 8,
}

export type RequestQueue = {
  /**
   * Asks when it is this one's turn. A server that is busy or out of reach is asked again; throws its fault when that
   * did not help, and {@link EvaluationInterruptedError} when it looks as if nothing will for now.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Waits for all, also when one of them fails; then throws why it was stopped, or the first fault. */
  all<T>(work: readonly Promise<T>[]): Promise<T[]>
  /** Aborted when this was called off or nothing more can be asked; its reason says why. */
  signal: AbortSignal
}

/** Whether the fault is in the way to the model, or its load, and says nothing of the model. */
export function isTransientFault(error: unknown): error is ModelFaultError {
  return error instanceof ModelFaultError && (error.code === 'model_offline' || error.code === 'model_busy')
}

/** Faults that every further row would meet as well. */
function isPermanent(error: ModelFaultError): boolean {
  return error.code === 'model_missing' || error.code === 'model_refused'
}

/**
 * Many requests at once, but never more than the server takes: when it is busy all wait as long as it asks, and then
 * half as many go on, one more after each round that went well.
 */
export function createRequestQueue(signal: AbortSignal, limits: RequestLimits = DEFAULT_LIMITS): RequestQueue {
  const { concurrency, retries, initialDelayMs, maxDelayMs, maxConsecutiveFailures } = limits
  const queue = new PQueue({ concurrency })
  const stop = new AbortController()
  const combinedSignal = AbortSignal.any([signal, stop.signal])
  let failedInARow = 0
  let successes = 0
  let resumeAt = 0

  const slowDown = (ms: number) => {
    queue.concurrency = Math.max(1, Math.floor(queue.concurrency / 2))
    successes = 0
    const until = Date.now() + ms
    if (until <= resumeAt) return
    resumeAt = until
    queue.pause()
    // Called off, the queue goes on too: what still waits in it ends there.
    wait(ms, undefined, { signal: combinedSignal })
      .catch(() => undefined)
      .then(() => (combinedSignal.aborted || Date.now() >= resumeAt - 1) && queue.start())
  }
  const speedUp = () => {
    failedInARow = 0
    successes += 1
    if (successes < queue.concurrency || queue.concurrency >= concurrency) return
    successes = 0
    queue.concurrency += 1
  }
  const interrupt = (cause: unknown) => {
    const error = new EvaluationInterruptedError({ cause })
    stop.abort(error)
    return error
  }

  const withRetry = <T>(work: (signal: AbortSignal) => Promise<T>) =>
    pRetry(
      async () => {
        combinedSignal.throwIfAborted()
        return work(combinedSignal)
      },
      {
        retries,
        minTimeout: initialDelayMs,
        maxTimeout: maxDelayMs,
        signal: combinedSignal,
        async onFailedAttempt({ error, retryDelay, retriesLeft }) {
          if (!isTransientFault(error)) return
          const asked = error.retryAfterMs ?? 0
          if (asked > maxDelayMs) throw interrupt(error)
          if (error.code === 'model_busy') slowDown(Math.max(asked, retryDelay))
          if (retriesLeft > 0 && asked > retryDelay)
            await wait(asked - retryDelay, undefined, { signal: combinedSignal })
        },
        shouldRetry: ({ error }) => isTransientFault(error),
      },
    )

  return {
    signal: combinedSignal,
    run: (work) =>
      queue.add(async () => {
        try {
          const answered = await withRetry(work)
          speedUp()
          return answered
        } catch (error) {
          combinedSignal.throwIfAborted()
          if (isTransientFault(error)) {
            failedInARow += 1
            if (failedInARow >= maxConsecutiveFailures) throw interrupt(error)
          } else if (error instanceof ModelFaultError && !isPermanent(error)) speedUp()
          else stop.abort(error)
          throw error
        }
      }),
    async all(work) {
      const ended = await Promise.allSettled(work)
      combinedSignal.throwIfAborted()
      return ended.map((one) => {
        if (one.status === 'rejected') throw one.reason
        return one.value
      })
    },
  }
}
