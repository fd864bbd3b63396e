/** A code on a device, from first raised until it stayed away: one message in the alert channel. */
export type Alert = {
  readonly id: string
  readonly device: string
  readonly code: string
  readonly state: 'raised' | 'cleared' | 'closed'
  readonly occurrences: number
  readonly reopens: number
  /** What the device measured when it last raised the code; foreign. */
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

/** A code that returns within this time belongs to the same alert. */
export const RESOLVE_AFTER_MS = 10 * 60 * 1_000
/** From this many reopens the alert counts as flapping: recovery is announced only after `RESOLVE_AFTER_MS`. */
const FLAPPING_REOPENS = 2
/** From this many occurrences the message changes at most once a minute. */
const NOISY_OCCURRENCES = 3
const REFRESH_INTERVAL_MS = 60 * 1_000

export function isFlapping({ reopens }: Pick<Alert, 'reopens'>): boolean {
  return reopens >= FLAPPING_REOPENS
}

/** Whether recovery can be announced: at once, or after a while for a flapping alert. */
export function isRecovered(alert: Pick<Alert, 'state' | 'reopens'>): boolean {
  return alert.state === 'closed' || (alert.state === 'cleared' && !isFlapping(alert))
}

/** When the message may change next: now, or a minute after its last change for a noisy device. */
export function nextRefreshAt({ occurrences, shownAt }: Pick<Alert, 'occurrences' | 'shownAt'>, now: Date): Date {
  if (occurrences < NOISY_OCCURRENCES || !shownAt) return now
  return new Date(Math.max(now.getTime(), shownAt.getTime() + REFRESH_INTERVAL_MS))
}
