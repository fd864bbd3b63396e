import { setTimeout as wait } from 'node:timers/promises'

export type ThrottledUpdates = {
  /** Queues the newest text. Returns at once. */
  show(text: string): void
  /** Shows nothing more; resolves when no call is in progress. */
  stop(): Promise<void>
}

/**
 * Shows a growing text: one call at a time, only the newest text, with a pause in between. `show` returns how much
 * longer than usual the next call must wait, and never rejects. `firstMs` is the pause before the first call.
 */
export function createThrottledUpdates(deps: {
  show: (text: string) => Promise<number>
  pauseMs: () => number
  firstMs?: number
}): ThrottledUpdates {
  const stopping = new AbortController()
  let latest: string | null = null
  let running: Promise<void> | null = null
  let notBefore = performance.now() + (deps.firstMs ?? deps.pauseMs())

  const run = async () => {
    for (;;) {
      const pause = notBefore - performance.now()
      if (pause > 0) await wait(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted || latest === null) break
      const text = latest
      latest = null
      const more = await deps.show(text)
      notBefore = performance.now() + deps.pauseMs() + more
    }
    running = null
  }
  return {
    show(text) {
      latest = text
      running ??= run()
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}
