import { setTimeout as wait } from 'node:timers/promises'
import { createInFlight, createPoller } from '../lib/background.ts'
import { isAbort } from '../lib/errors.ts'
import { type Logger, redact } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import { claimJobs, finishJob, isCurrent, type OutboxJob, release, retryLater } from './outbox-records.ts'
import type { OutboxTopic } from './topics.ts'

/** Does one job. If it throws, the job is retried. */
export type OutboxHandler = (job: OutboxJob, signal: AbortSignal) => Promise<void>

export type OutboxPolicy = {
  /** `low`: nobody waits for it, so one is done at a time and others go first. */
  priority?: 'normal' | 'low'
  /** Never given up, however often it fails. */
  retryForever?: boolean
}

export type Outbox = AsyncDisposable & {
  /** Registers the handler of a topic. A process claims only topics it has a handler for. */
  on(topic: OutboxTopic, handler: OutboxHandler, policy?: OutboxPolicy): void
  /**
   * Runs a job that we enqueued with our own lease: now, or after a delay in which it may be enqueued again and is then
   * done once.
   */
  runNow(job: OutboxJob, afterMs?: number): void
  /** A due job was just enqueued: poll before the next regular round. */
  wake(): void
  start(): void
  /** Runs what's due now; resolves when it's done. */
  runOnce(): Promise<void>
}

const POLL_EVERY_MS = 1_000
const LOW_PRIORITY_EVERY_MS = 2_000
/** After this the claiming process counts as dead. Longer than any handler takes. */
const LEASE_MS = 60_000
/** A handler is aborted before its lease ends. */
const HANDLER_TIMEOUT_MS = 45_000
const MAX_CONCURRENT = 16
/** About a day of attempts; then the job is given up, unless its policy says otherwise. */
const MAX_ATTEMPTS = 100
/** Stopping doesn't wait longer for what can't be aborted, such as a call to Slack: the next instance retries it. */
const STOP_GRACE_MS = 1_500
const FIRST_RETRY_MS = 5_000
const MAX_RETRY_MS = 15 * 60 * 1_000

/** How long the process that enqueues a job and runs it at once may take before another instance does. */
export const OWN_LEASE_MS = 10_000

/**
 * Work that must happen even if this process dies: a row until it's done, claimed by one instance at a time, retried
 * with growing pauses. The row is written in the transaction that causes it.
 */
export function createOutbox(deps: { store: Store; logger: Logger; now: () => Date }): Outbox {
  const { store, logger, now } = deps
  const handlers = new Map<OutboxTopic, { handler: OutboxHandler; policy: OutboxPolicy }>()
  const inFlight = createInFlight(logger)
  const stopping = new AbortController()
  let runningCount = 0
  let lastLowPriorityAt = 0

  const runJob = async (job: OutboxJob, { handler, policy }: { handler: OutboxHandler; policy: OutboxPolicy }) => {
    runningCount += 1
    try {
      await handler(job, AbortSignal.any([stopping.signal, AbortSignal.timeout(HANDLER_TIMEOUT_MS)]))
      await finishJob(store, job)
    } catch (error) {
      if (stopping.signal.aborted && isAbort(error)) return await release(store, job)
      const delay = Math.min(FIRST_RETRY_MS * 2 ** job.attempts, MAX_RETRY_MS)
      if (job.attempts + 1 >= MAX_ATTEMPTS && !policy.retryForever) {
        logger.error({ err: error, outboxJob: job.id }, 'outbox job failed too often; giving up')
        return await finishJob(store, job)
      }
      logger.warn({ err: error, outboxJob: job.id, attempts: job.attempts + 1 }, 'outbox job failed; will retry')
      await retryLater(store, job, errorText(error), new Date(now().getTime() + delay))
    } finally {
      runningCount -= 1
    }
  }
  const dispatch = (job: OutboxJob) => {
    const registered = handlers.get(job.topic)
    if (registered) inFlight.track(`outbox ${job.topic}`, () => runJob(job, registered))
  }
  const poller = createPoller({
    name: 'outbox',
    everyMs: POLL_EVERY_MS,
    logger,
    async run() {
      const topicsOf = (wanted: OutboxPolicy['priority']) =>
        [...handlers].flatMap(([topic, { policy }]) => ((policy.priority ?? 'normal') === wanted ? [topic] : []))
      const topics = topicsOf('normal')
      const leaseUntil = new Date(now().getTime() + LEASE_MS)
      const taken = await claimJobs(store, { topics, now: now(), leaseUntil, most: MAX_CONCURRENT - runningCount })
      // A clock that was set back must not stop it.
      if (Math.abs(now().getTime() - lastLowPriorityAt) >= LOW_PRIORITY_EVERY_MS) {
        taken.push(...(await claimJobs(store, { topics: topicsOf('low'), now: now(), leaseUntil, most: 1 })))
        lastLowPriorityAt = now().getTime()
      }
      for (const job of taken) dispatch(job)
    },
  })
  return {
    on: (topic, handler, policy = {}) => void handlers.set(topic, { handler, policy }),
    runNow(job, afterMs = 0) {
      if (afterMs === 0) return dispatch(job)
      const registered = handlers.get(job.topic)
      if (!registered) return
      inFlight.track(`outbox ${job.topic}`, async () => {
        await wait(afterMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        if (await isCurrent(store, job)) await runJob(job, registered)
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
