import { setTimeout as wait } from 'node:timers/promises'
import { isTransient, type TrainerError } from '../errors.ts'
import type { JobRow } from './job-records.ts'
import { isFinal, type JobState, type TrainerEvent } from './job-schema.ts'

/** How a job stands. */
export type Job = Pick<JobRow, 'id' | 'status' | 'model' | 'fault'>

export type JobEvent =
  | { kind: 'uploading'; file: string; sent: number; bytes: number }
  /** It is at the trainer; `isReused` when a start that was broken off had sent it. */
  | { kind: 'uploaded'; file: string; id: string; isReused: boolean }
  | { kind: 'status'; status: string }
  | TrainerEvent
  /** The trainer does not answer for now, or takes no more requests; the job goes on, and so do we. */
  | { kind: 'unreachable'; error: TrainerError }
  /** Nothing was heard of the job for so long. */
  | { kind: 'quiet'; forMs: number; status: string }

export type WatchOptions = { onEvent?: (event: JobEvent) => void; signal?: AbortSignal | undefined }

export type PollingIntervals = {
  initialMs: number
  activeMs: number
  maxMs: number
  /** How long a silent trainer is waited for before the watching ends. */
  unreachableTimeoutMs: number
  /** After how long without news that is said; again each time it has been twice as long. */
  quietAfterMs: number
}

/**
 * Quick at first, for a small job at a near server; then once a second while there is news, and up to a quarter of a
 * minute while there is none.
 */
export const DEFAULT_POLLING: PollingIntervals = {
  initialMs: 50,
  activeMs: 1_000,
  maxMs: 15_000,
  unreachableTimeoutMs: 15 * 60_000,
  quietAfterMs: 10 * 60_000,
}
export const BACKOFF_FACTOR = 1.5

/** Some servers say that a job succeeded a moment before they name its model. */
const MAX_POLLS_WITHOUT_MODEL = 20

type WatchedJob = {
  fetchState(signal?: AbortSignal): Promise<JobState>
  /** What happened and is not in `seen` yet. */
  fetchEvents(seen: Set<string>, signal?: AbortSignal): Promise<TrainerEvent[]>
  /** Keeps how the job stands, so that a later start knows it. */
  recordState(state: JobState): Promise<Job>
  now(): number
  polling: PollingIntervals
}

/** Looks after a job until it has ended. It keeps nothing of its own: after a restart it is simply called again. */
export async function watchJob(
  { fetchState, fetchEvents, recordState, now, polling }: WatchedJob,
  { onEvent, signal }: WatchOptions,
): Promise<Job> {
  const seen = new Set<string>()
  let status: string | null = null
  let pause = polling.initialMs
  let unreachableSince: number | null = null
  let lastNewsAt = now()
  let quietAfterMs = polling.quietAfterMs
  for (let pollsWithoutModel = 0; ; ) {
    let hasNews = false
    let retryAfterMs = 0
    try {
      const state = await fetchState(signal)
      unreachableSince = null
      const isOver = isFinal(state.status)
      if (state.status !== status && !isOver) {
        hasNews = true
        status = state.status
        onEvent?.({ kind: 'status', status })
        await recordState(state)
      }
      for (const event of await fetchEvents(seen, signal)) {
        hasNews = true
        onEvent?.(event)
      }
      if (isOver && (state.status !== 'succeeded' || state.model || ++pollsWithoutModel > MAX_POLLS_WITHOUT_MODEL)) {
        onEvent?.({ kind: 'status', status: state.status })
        return await recordState(state)
      }
    } catch (error) {
      if (!isTransient(error)) throw error
      unreachableSince ??= now()
      if (now() - unreachableSince > polling.unreachableTimeoutMs) throw error
      onEvent?.({ kind: 'unreachable', error })
      retryAfterMs = error.retryAfterMs ?? 0
    }
    if (hasNews) {
      lastNewsAt = now()
      quietAfterMs = polling.quietAfterMs
    } else if (unreachableSince === null && status !== null && now() - lastNewsAt >= quietAfterMs) {
      onEvent?.({ kind: 'quiet', forMs: now() - lastNewsAt, status })
      quietAfterMs *= 2
    }
    await wait(Math.max(pause, retryAfterMs), undefined, { signal })
    pause = hasNews ? Math.min(pause, polling.activeMs) : Math.min(pause * BACKOFF_FACTOR, polling.maxMs)
  }
}
