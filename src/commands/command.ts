import type { NewJob } from '../outbox/outbox-records.ts'
import type { CommandEvent, CommandState } from './state-machine.ts'

/** A Slack person: both ids, because a user id alone does not say of which workspace. */
export type Person = { readonly user: string; readonly team: string }

/** Who presses, and what the workspace knows of them at this moment. */
export type PersonWithRoles = Person & {
  readonly mayOperate: boolean
  /** A guest, or somebody of another organisation. */
  readonly isExternal: boolean
}

/** One command from its offer to its result. */
export type Command = {
  readonly id: string
  readonly answerId: string
  readonly code: string
  /** The catalog's name of it, such as `CLEAN_TURB`. */
  readonly command: string
  /** Null until somebody chose one, when the question named none. */
  readonly device: string | null
  readonly state: CommandState
  readonly team: string
  readonly channel: string
  readonly messageTs: string | null
  readonly requestedBy: Person | null
  readonly approvedBy: string | null
  readonly offeredAt: Date
  readonly requestedAt: Date | null
  readonly sentAt: Date | null
  /** When its present state ends by itself: an offer expires, an outcome becomes unknown. */
  readonly deadlineAt: Date | null
  /** When its outcome was known, or counted as unknown. */
  readonly settledAt: Date | null
  /** The device's own words with its newest message; foreign text. */
  readonly deviceMessage: string | null
  /** Who looked at the device on site after the command had not helped. */
  readonly checkedBy: Person | null
}

/** One row of the audit. */
export type CommandStep = {
  readonly id: string
  readonly commandId: string
  /** Only a `step` moved the command. */
  readonly kind: 'step' | 'refused' | 'checked'
  readonly at: Date
  readonly from: CommandState | null
  readonly to: CommandState
  readonly actor: Person | null
  /** What moved it; null for an offer, a refusal and a check on site. */
  readonly event: CommandEvent | null
  /** For people to read: nothing hangs on it. */
  readonly why: string
  readonly deviceMessage: string | null
}

/** What happened to a command, and what is to be kept of it. */
export type TransitionEvent = {
  readonly event: CommandEvent
  readonly at: Date
  readonly actor?: Person | undefined
  /** Instead of the event's own words. */
  readonly why?: string | undefined
  readonly deviceMessage?: string | null | undefined
  /** The device it was asked for. */
  readonly device?: string | undefined
  /** Unless given, the one before stays. */
  readonly deadlineAt?: Date | undefined
  /** What is to be done because of it, written with it. */
  readonly jobs?: readonly NewJob[] | undefined
}
