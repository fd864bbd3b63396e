import { setTimeout as wait } from 'node:timers/promises'
import { createInFlight, createPoller } from '../lib/background.ts'
import { isAbort } from '../lib/errors.ts'
import { type Logger, redact } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import {
  claimJobs,
  finishJob,
  isCurrent,
  type OutboxJob,
  type OutboxTopic,
  release,
  retryLater,
} from './outbox-records.ts'

/** Does one job. What it throws is tried again later. */
export type OutboxHandler = (job: OutboxJob, signal: AbortSignal) => Promise<void>

export type Outbox = AsyncDisposable & {
  /** Says who does the jobs of a topic. A process takes only those that it has somebody for. */
  on(topic: OutboxTopic, handler: OutboxHandler): void
  /**
   * Does an outbox job that was put with a lease of ours: now, or after a moment in which it may be asked for anew, and is
   * then done once for both.
   */
  runNow(job: OutboxJob, afterMs?: number): void
  /** Something that is due was just put: looks before the next regular round. */
  wake(): void
  start(): void
  /** Does what is due now; resolves when it is done. */
  runOnce(): Promise<void>
}

const POLL_EVERY_MS = 1_000
/** Nobody waits for these, and they change messages: one at a time, since Slack's limit is for what people wait for. */
const LOW_PRIORITY: readonly OutboxTopic[] = ['lapse', 'votes']
const LOW_PRIORITY_EVERY_MS = 2_000
/** After this the process that took an outbox job counts as gone. Longer than any runner takes. */
const LEASE_MS = 60_000
/** A runner is told to give up before its lease ends. */
const HANDLER_TIMEOUT_MS = 45_000
const MAX_CONCURRENT = 16
/** About a day of tries; after it an outbox job is given up, but for what was promised to be kept. */
const MAX_ATTEMPTS = 100
const RETRIED_FOREVER: ReadonlySet<OutboxTopic> = new Set(['webhook'])
/** Stopping waits no longer for what cannot be called off, such as a call to Slack: whoever comes next does it again. */
const STOP_GRACE_MS = 1_500
const FIRST_RETRY_MS = 5_000
const MAX_RETRY_MS = 15 * 60 * 1_000

/** How long whoever puts an outbox job and does it at once may take, until another instance does it. */
export const OWN_LEASE_MS = 10_000

/**
 * Work that must happen whatever becomes of the process that wished for it: a row until it is done, taken by one
 * instance at a time, tried again with growing pauses. Its wish is written in the transaction it belongs to.
 */
export function createOutbox(deps: { store: Store; logger: Logger; now: () => Date }): Outbox {
  const { store, logger, now } = deps
  const handlers = new Map<OutboxTopic, OutboxHandler>()
  const inFlight = createInFlight(logger)
  const stopping = new AbortController()
  let runningCount = 0
  let lastLowPriorityAt = 0

  const runJob = async (job: OutboxJob, handler: OutboxHandler) => {
    runningCount += 1
    try {
      await handler(job, AbortSignal.any([stopping.signal, AbortSignal.timeout(HANDLER_TIMEOUT_MS)]))
      await finishJob(store, job)
    } catch (error) {
      if (stopping.signal.aborted && isAbort(error)) return await release(store, job)
      const delay = Math.min(FIRST_RETRY_MS * 2 ** job.attempts, MAX_RETRY_MS)
      if (job.attempts + 1 >= MAX_ATTEMPTS && !RETRIED_FOREVER.has(job.topic)) {
        logger.error({ err: error, job: job.id }, 'an outbox job went wrong too often; it is given up')
        return await finishJob(store, job)
      }
      logger.warn(
        { err: error, job: job.id, attempts: job.attempts + 1 },
        'an outbox job went wrong; it is tried again',
      )
      await retryLater(store, job, errorText(error), new Date(now().getTime() + delay))
    } finally {
      runningCount -= 1
    }
  }
  const dispatch = (job: OutboxJob) => {
    const handler = handlers.get(job.topic)
    if (handler) inFlight.track(`job ${job.topic}`, () => runJob(job, handler))
  }
  const poller = createPoller({
    name: 'outbox',
    everyMs: POLL_EVERY_MS,
    logger,
    async run() {
      const isLowPriority = (topic: OutboxTopic) => LOW_PRIORITY.includes(topic)
      const topics = [...handlers.keys()].filter((topic) => !isLowPriority(topic))
      const leaseUntil = new Date(now().getTime() + LEASE_MS)
      const taken = await claimJobs(store, { topics, now: now(), leaseUntil, most: MAX_CONCURRENT - runningCount })
      // A clock that was put back must not stop them.
      if (Math.abs(now().getTime() - lastLowPriorityAt) >= LOW_PRIORITY_EVERY_MS) {
        const lowPriorityTopics = [...handlers.keys()].filter(isLowPriority)
        taken.push(...(await claimJobs(store, { topics: lowPriorityTopics, now: now(), leaseUntil, most: 1 })))
        lastLowPriorityAt = now().getTime()
      }
      for (const job of taken) dispatch(job)
    },
  })
  return {
    on: (topic, handler) => void handlers.set(topic, handler),
    runNow(job, afterMs = 0) {
      if (afterMs === 0) return dispatch(job)
      const handler = handlers.get(job.topic)
      if (!handler) return
      inFlight.track(`job ${job.topic}`, async () => {
        await wait(afterMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        if (await isCurrent(store, job)) await runJob(job, handler)
      })
    },
    wake: () => inFlight.track('outbox', poller.runOnce),
    start: poller.start,
    async runOnce() {
      await poller.runOnce()
      await inFlight.drain()
    },
    async [Symbol.asyncDispose]() {
      await poller[Symbol.asyncDispose]()
      stopping.abort()
      await Promise.race([inFlight.drain(), wait(STOP_GRACE_MS, undefined, { ref: false })])
    },
  }
}

const MAX_ERROR_CHARS = 300

function errorText(error: unknown): string {
  return redact(error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR_CHARS)
}
