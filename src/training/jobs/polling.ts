export type PollingIntervals = {
  initialMs: number
  activeMs: number
  maxMs: number
  /** How long a silent trainer is waited for before the watching ends. */
  unreachableTimeoutMs: number
  /** After how long without news that is said; again each time it has been twice as long. */
  quietAfterMs: number
}

/**
 * Quick at first, for a small job at a near server; then once a second while there is news, and up to a quarter of a
 * minute while there is none.
 */
export const DEFAULT_POLLING: PollingIntervals = {
  initialMs: 50,
  activeMs: 1_000,
  maxMs: 15_000,
  unreachableTimeoutMs: 15 * 60_000,
  quietAfterMs: 10 * 60_000,
}
export const BACKOFF_FACTOR = 1.5
