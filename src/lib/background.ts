import { setTimeout as wait } from 'node:timers/promises'
import { isAbort } from './errors.ts'
import type { Logger } from './logger.ts'

export type Poller = AsyncDisposable & {
  /** Runs once now, after any run in progress; tests drain with it instead of waiting. */
  runOnce(): Promise<void>
  /** Starts the regular runs. */
  start(): void
}

/** Repeats work every `everyMs` until disposed; a failed run is logged and the next one runs all the same. */
export function createPoller(deps: {
  name: string
  everyMs: number
  run: (signal: AbortSignal) => Promise<void>
  logger: Logger
}): Poller {
  const stop = new AbortController()
  let last: Promise<void> = Promise.resolve()
  let loop: Promise<void> | null = null

  const round = () => {
    last = last.then(async () => {
      if (stop.signal.aborted) return
      try {
        await deps.run(stop.signal)
      } catch (error) {
        if (!isAbort(error)) deps.logger.error({ err: error, work: deps.name }, 'background work failed')
      }
    })
    return last
  }
  const repeat = async () => {
    while (!stop.signal.aborted) {
      await round()
      await wait(deps.everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
    }
  }
  return {
    runOnce: round,
    start: () => {
      loop ??= repeat()
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await loop
      await last
    },
  }
}

export type InFlight = {
  /** Tracks work that nobody awaits, so that stopping can wait for it and failures are logged. */
  track(name: string, work: () => Promise<unknown>): void
  /** The same for work whose caller waits for it and handles its failure. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when everything running now, and what it starts, has ended. */
  drain(): Promise<void>
}

/** The set of tasks in progress that outlive their caller. */
export function createInFlight(logger: Logger): InFlight {
  const running = new Set<Promise<unknown>>()
  const add = (job: Promise<unknown>) => {
    running.add(job)
    job.finally(() => running.delete(job))
  }
  return {
    track(name, work) {
      add(
        work().catch((error: unknown) => {
          if (!isAbort(error)) logger.error({ err: error, work: name }, 'work failed')
        }),
      )
    },
    run(work) {
      const job = work()
      add(job.catch(() => undefined))
      return job
    },
    async drain() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
