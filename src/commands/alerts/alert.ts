/** A code on a device, from its first raising until it stayed away: one message in the alert channel. */
export type Alert = {
  readonly id: string
  readonly device: string
  readonly code: string
  readonly state: 'raised' | 'cleared' | 'closed'
  readonly occurrences: number
  readonly reopens: number
  /** What the device measured when it raised the code last; foreign. */
  readonly values: Readonly<Record<string, unknown>>
  readonly raisedAt: Date
  readonly lastRaisedAt: Date
  readonly clearedAt: Date | null
  readonly answerId: string | null
  readonly channel: string | null
  readonly messageTs: string | null
  readonly shownAt: Date | null
  readonly isRecoveryAnnounced: boolean
}

/** A code that was cleared and comes back within this time belongs to the same alert. */
export const RESOLVE_AFTER_MS = 10 * 60 * 1_000
/** From so many returns on it counts as flapping: its recovery is said only once it stayed away for `QUIET_MS`. */
const FLAPPING_REOPENS = 2
/** From so many times on, its message changes at most once in `DAMPED_MS`. */
const NOISY_OCCURRENCES = 3
const REFRESH_INTERVAL_MS = 60 * 1_000

export function isFlapping({ reopens }: Pick<Alert, 'reopens'>): boolean {
  return reopens >= FLAPPING_REOPENS
}

/** Whether it can be said that the code is gone: at once, or after a while where it came and went. */
export function isRecovered(alert: Pick<Alert, 'state' | 'reopens'>): boolean {
  return alert.state === 'closed' || (alert.state === 'cleared' && !isFlapping(alert))
}

/** When the message may change next: at once, or a minute after its last change when the device is noisy. */
export function nextRefreshAt({ occurrences, shownAt }: Pick<Alert, 'occurrences' | 'shownAt'>, now: Date): Date {
  if (occurrences < NOISY_OCCURRENCES || !shownAt) return now
  return new Date(Math.max(now.getTime(), shownAt.getTime() + REFRESH_INTERVAL_MS))
}
