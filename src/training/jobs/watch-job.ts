import { setTimeout as wait } from 'node:timers/promises'
import { isPassing, type TrainerError } from '../errors.ts'
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

export type WatchDeps = { onEvent?: (event: JobEvent) => void; signal?: AbortSignal | undefined }

export type Polling = {
  firstMs: number
  busyMs: number
  mostMs: number
  /** How long a silent trainer is waited for before the watching ends. */
  patienceMs: number
  /** After how long without news that is said; again each time it has been twice as long. */
  quietMs: number
}

/**
 * Quick at first, for a small job at a near server; then once a second while there is news, and up to a quarter of a
 * minute while there is none.
 */
export const POLLING: Polling = {
  firstMs: 50,
  busyMs: 1_000,
  mostMs: 15_000,
  patienceMs: 15 * 60_000,
  quietMs: 10 * 60_000,
}
export const SLOWER = 1.5

/** Some servers say that a job succeeded a moment before they name its model. */
const LATE_MODEL_POLLS = 20

type Watched = {
  look(signal?: AbortSignal): Promise<JobState>
  /** What happened and is not in `seen` yet. */
  news(seen: Set<string>, signal?: AbortSignal): Promise<TrainerEvent[]>
  /** Keeps how the job stands, so that a later start knows it. */
  settle(state: JobState): Promise<Job>
  now(): number
  polling: Polling
}

/** Looks after a job until it has ended. It keeps nothing of its own: after a restart it is simply called again. */
export async function watchJob(
  { look, news, settle, now, polling }: Watched,
  { onEvent, signal }: WatchDeps,
): Promise<Job> {
  const seen = new Set<string>()
  let status: string | null = null
  let pause = polling.firstMs
  let silentSince: number | null = null
  let heardAt = now()
  let quietMs = polling.quietMs
  for (let withoutModel = 0; ; ) {
    let hasNews = false
    let wanted = 0
    try {
      const state = await look(signal)
      silentSince = null
      const isOver = isFinal(state.status)
      if (state.status !== status && !isOver) {
        hasNews = true
        status = state.status
        onEvent?.({ kind: 'status', status })
        await settle(state)
      }
      for (const event of await news(seen, signal)) {
        hasNews = true
        onEvent?.(event)
      }
      if (isOver && (state.status !== 'succeeded' || state.model || ++withoutModel > LATE_MODEL_POLLS)) {
        onEvent?.({ kind: 'status', status: state.status })
        return await settle(state)
      }
    } catch (error) {
      if (!isPassing(error)) throw error
      silentSince ??= now()
      if (now() - silentSince > polling.patienceMs) throw error
      onEvent?.({ kind: 'unreachable', error })
      wanted = error.retryAfterMs ?? 0
    }
    if (hasNews) {
      heardAt = now()
      quietMs = polling.quietMs
    } else if (silentSince === null && status !== null && now() - heardAt >= quietMs) {
      onEvent?.({ kind: 'quiet', forMs: now() - heardAt, status })
      quietMs *= 2
    }
    await wait(Math.max(pause, wanted), undefined, { signal })
    pause = hasNews ? Math.min(pause, polling.busyMs) : Math.min(pause * SLOWER, polling.mostMs)
  }
}
