/** A unit as its own messages describe it. */
export type Device = {
  readonly id: string
  readonly isOnline: boolean
  /** Since when it has been online, or offline. */
  readonly since: Date
  readonly firmware: string | null
  /** Codes it raised and did not clear, the newest last. */
  readonly codes: readonly string[]
  readonly lastSeenAt: Date
  /** How far its clock was ahead of ours when it last spoke. */
  readonly clockAheadMs: number
}
