import { setTimeout as wait } from 'node:timers/promises'

export type ThrottledUpdates = {
  /** Has the newest text shown as soon as its turn comes. Returns at once. */
  show(text: string): void
  /** Nothing is shown any more; resolves when no call is under way. */
  stop(): Promise<void>
}

/**
 * Shows a growing text: one call at a time, the newest text only, and with a pause between. `show` gives back how long
 * the next call has to wait beyond the usual, and never rejects. `firstMs` is the pause before the first call.
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
