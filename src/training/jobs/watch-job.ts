import { setTimeout as wait } from 'node:timers/promises'
import { isTransient } from '../errors.ts'
import type { JobRow } from './job-records.ts'
import { isFinal, type JobState } from './job-schema.ts'
import { BACKOFF_FACTOR, type PollingIntervals } from './polling.ts'
import type { StartOptions, Trainer } from './trainer.ts'

/** How a job stands. */
export type Job = Pick<JobRow, 'id' | 'status' | 'model' | 'fault'>

export type WatchOptions = StartOptions

/** Some servers say that a job succeeded a moment before they name its model. */
const MAX_POLLS_WITHOUT_MODEL = 20

type WatchDeps = {
  trainer: Pick<Trainer, 'fetchState' | 'fetchEvents'>
  /** Keeps how the job stands, so that a later start knows it. */
  recordState(state: JobState): Promise<Job>
  now(): number
  polling: PollingIntervals
}

/** Looks after a job until it has ended. It keeps nothing of its own: after a restart it is simply called again. */
export async function watchJob(
  { trainer, recordState, now, polling }: WatchDeps,
  id: string,
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
      const state = await trainer.fetchState(id, signal)
      unreachableSince = null
      const isOver = isFinal(state.status)
      if (state.status !== status && !isOver) {
        hasNews = true
        status = state.status
        onEvent?.({ kind: 'status', status })
        await recordState(state)
      }
      for (const event of await trainer.fetchEvents(id, seen, signal)) {
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
