import { setTimeout as wait } from 'node:timers/promises'
import { createBackground, createInFlight } from '../lib/background.ts'
import { isAbort } from '../lib/errors.ts'
import { type Logger, redact } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import {
  delayErrand,
  type Errand,
  type ErrandTopic,
  finishErrand,
  freeErrand,
  isWanted,
  takeErrands,
} from './outbox-records.ts'

/** Does one errand. What it throws is tried again later. */
export type ErrandRunner = (errand: Errand, signal: AbortSignal) => Promise<void>

export type Errands = AsyncDisposable & {
  /** Says who does the errands of a topic. A process takes only those that it has somebody for. */
  on(topic: ErrandTopic, run: ErrandRunner): void
  /**
   * Does an errand that was put with a lease of ours: now, or after a moment in which it may be asked for anew, and is
   * then done once for both.
   */
  carry(errand: Errand, afterMs?: number): void
  /** Something that is due was just put: looks before the next regular round. */
  soon(): void
  start(): void
  /** Does what is due now; resolves when it is done. */
  round(): Promise<void>
}

const LOOK_EVERY_MS = 1_000
/** Nobody waits for these, and they change messages: one at a time, since Slack's limit is for what people wait for. */
const UNHURRIED: readonly ErrandTopic[] = ['lapse', 'votes']
const UNHURRIED_EVERY_MS = 2_000
/** After this the process that took an errand counts as gone. Longer than any runner takes. */
const LEASE_MS = 60_000
/** A runner is told to give up before its lease ends. */
const RUN_WITHIN_MS = 45_000
const AT_ONCE = 16
/** About a day of tries; after it an errand is given up, but for what was promised to be kept. */
const MOST_TRIES = 100
const NEVER_GIVEN_UP: ReadonlySet<ErrandTopic> = new Set(['webhook'])
/** Stopping waits no longer for what cannot be called off, such as a call to Slack: whoever comes next does it again. */
const STOP_GRACE_MS = 1_500
const FIRST_DELAY_MS = 5_000
const LONGEST_DELAY_MS = 15 * 60 * 1_000

/** How long whoever puts an errand and does it at once may take, until another instance does it. */
export const OWN_LEASE_MS = 10_000

/**
 * Work that must happen whatever becomes of the process that wished for it: a row until it is done, taken by one
 * instance at a time, tried again with growing pauses. Its wish is written in the transaction it belongs to.
 */
export function createErrands(parts: { store: Store; logger: Logger; now: () => Date }): Errands {
  const { store, logger, now } = parts
  const runners = new Map<ErrandTopic, ErrandRunner>()
  const inFlight = createInFlight(logger)
  const stopping = new AbortController()
  let busy = 0
  let lastUnhurried = 0

  const run = async (errand: Errand, runner: ErrandRunner) => {
    busy += 1
    try {
      await runner(errand, AbortSignal.any([stopping.signal, AbortSignal.timeout(RUN_WITHIN_MS)]))
      await finishErrand(store, errand)
    } catch (error) {
      if (stopping.signal.aborted && isAbort(error)) return await freeErrand(store, errand)
      const delay = Math.min(FIRST_DELAY_MS * 2 ** errand.tries, LONGEST_DELAY_MS)
      if (errand.tries + 1 >= MOST_TRIES && !NEVER_GIVEN_UP.has(errand.topic)) {
        logger.error({ err: error, errand: errand.id }, 'an errand went wrong too often; it is given up')
        return await finishErrand(store, errand)
      }
      logger.warn({ err: error, errand: errand.id, tries: errand.tries + 1 }, 'an errand went wrong; it is tried again')
      await delayErrand(store, errand, faultOf(error), new Date(now().getTime() + delay))
    } finally {
      busy -= 1
    }
  }
  const begin = (errand: Errand) => {
    const runner = runners.get(errand.topic)
    if (runner) inFlight.run(`errand ${errand.topic}`, () => run(errand, runner))
  }
  const looking = createBackground({
    name: 'outbox',
    everyMs: LOOK_EVERY_MS,
    logger,
    async run() {
      const isUnhurried = (topic: ErrandTopic) => UNHURRIED.includes(topic)
      const topics = [...runners.keys()].filter((topic) => !isUnhurried(topic))
      const leaseUntil = new Date(now().getTime() + LEASE_MS)
      const taken = await takeErrands(store, { topics, now: now(), leaseUntil, most: AT_ONCE - busy })
      // A clock that was put back must not stop them.
      if (Math.abs(now().getTime() - lastUnhurried) >= UNHURRIED_EVERY_MS) {
        const unhurried = [...runners.keys()].filter(isUnhurried)
        taken.push(...(await takeErrands(store, { topics: unhurried, now: now(), leaseUntil, most: 1 })))
        lastUnhurried = now().getTime()
      }
      for (const errand of taken) begin(errand)
    },
  })
  return {
    on: (topic, runner) => void runners.set(topic, runner),
    carry(errand, afterMs = 0) {
      if (afterMs === 0) return begin(errand)
      const runner = runners.get(errand.topic)
      if (!runner) return
      inFlight.run(`errand ${errand.topic}`, async () => {
        await wait(afterMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        if (await isWanted(store, errand)) await run(errand, runner)
      })
    },
    soon: () => inFlight.run('outbox', looking.round),
    start: looking.start,
    async round() {
      await looking.round()
      await inFlight.drain()
    },
    async [Symbol.asyncDispose]() {
      await looking[Symbol.asyncDispose]()
      stopping.abort()
      await Promise.race([inFlight.drain(), wait(STOP_GRACE_MS, undefined, { ref: false })])
    },
  }
}

const MOST_FAULT = 300

function faultOf(error: unknown): string {
  return redact(error instanceof Error ? error.message : String(error)).slice(0, MOST_FAULT)
}
