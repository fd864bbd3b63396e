import { setTimeout as wait } from 'node:timers/promises'

/** How long a model takes; 0 takes no time at all. */
export type LatencySettings = { firstTokenMs: number; perTokenMs: number }

export type Latency = {
  set(settings: Partial<LatencySettings>): void
  beforeFirst(signal: AbortSignal): Promise<void>
  /** Waits until so many more tokens would have been written. */
  forTokens(count: number, signal: AbortSignal): Promise<void>
}

export function createLatency(): Latency {
  let now: LatencySettings = { firstTokenMs: 0, perTokenMs: 0 }
  const pause = async (ms: number, signal: AbortSignal) => {
    if (ms > 0) await wait(ms, undefined, { signal })
    else signal.throwIfAborted()
  }
  return {
    set(settings) {
      now = { ...now, ...settings }
    },
    beforeFirst: (signal) => pause(now.firstTokenMs, signal),
    forTokens: (count, signal) => pause(now.perTokenMs * count, signal),
  }
}
