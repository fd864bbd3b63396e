/** Slack's `ts`: seconds with six decimals, unique in the workspace and always rising. */
export type Timestamps = { next(): string }

const MICROS_PER_SECOND = 1_000_000

/** Starts after `last`, so that a restart within the same clock tick repeats nothing. */
export function createTimestamps(last: string | null = null, now: () => number = Date.now): Timestamps {
  let micros = last ? Math.round(Number(last) * MICROS_PER_SECOND) : 0
  return {
    next() {
      micros = Math.max(now() * 1_000, micros + 1)
      const seconds = Math.floor(micros / MICROS_PER_SECOND)
      return `${seconds}.${String(micros % MICROS_PER_SECOND).padStart(6, '0')}`
    },
  }
}
