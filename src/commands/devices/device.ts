/** A unit as its own messages describe it. */
export type Device = {
  readonly id: string
  readonly isOnline: boolean
  /** Since when it has been online or offline. */
  readonly since: Date
  readonly firmware: string | null
  /** Codes it has raised and not cleared, the newest last. */
  readonly codes: readonly string[]
  readonly lastSeenAt: Date
  /** How far its clock was ahead of ours, in milliseconds, at its last message. */
  readonly clockAheadMs: number
}
