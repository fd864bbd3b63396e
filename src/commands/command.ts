import type { NewJob } from '../outbox/outbox-records.ts'
import type { CommandEvent, CommandState } from './state-machine.ts'

/** A Slack person. A user id alone doesn't say which workspace it's from. */
export type Person = { readonly user: string; readonly team: string }

/** A person with the roles they have at this moment. */
export type PersonWithRoles = Person & {
  readonly mayOperate: boolean
  /** A guest, or somebody from another organisation. */
  readonly isExternal: boolean
}

/** One command from its offer to its result. */
export type Command = {
  readonly id: string
  readonly answerId: string
  readonly code: string
  /** The catalog's name for it, such as `CLEAN_TURB`. */
  readonly command: string
  /** Null until somebody chooses one, when the question named none. */
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
  /** When the present state times out: an offer expires, an outcome becomes unknown. */
  readonly deadlineAt: Date | null
  /** When the outcome was known, or counted as unknown. */
  readonly settledAt: Date | null
  /** The device's own words in its latest message; foreign text. */
  readonly deviceMessage: string | null
  /** Who checked the device on site after the command didn't help. */
  readonly checkedBy: Person | null
}

/** One row of the audit. */
export type CommandStep = {
  readonly id: string
  readonly commandId: string
  /** Only a `step` changed the command's state. */
  readonly kind: 'step' | 'refused' | 'checked' | 'asked'
  readonly at: Date
  readonly from: CommandState | null
  readonly to: CommandState
  readonly actor: Person | null
  /** The event that caused it; null for an offer, and for what isn't a step. */
  readonly event: CommandEvent | null
  /** For people to read; no behaviour depends on it. */
  readonly why: string
  readonly deviceMessage: string | null
}

/** What happened to commands so far, oldest first; by command id. */
export type CommandHistory = ReadonlyMap<string, readonly CommandStep[]>

/** Who asked an operator to send the command; null when nobody did. */
export function askerIn(history: readonly CommandStep[] = []): Person | null {
  return history.find(({ kind }) => kind === 'asked')?.actor ?? null
}

/** What happened to a command, and what to record. */
export type TransitionEvent = {
  readonly event: CommandEvent
  readonly at: Date
  readonly actor?: Person | undefined
  /** Replaces the event's own words. */
  readonly why?: string | undefined
  readonly deviceMessage?: string | null | undefined
  /** The device it was requested for. */
  readonly device?: string | undefined
  /** The previous deadline stays unless this is given. */
  readonly deadlineAt?: Date | undefined
  /** Jobs to enqueue in the same transaction. */
  readonly jobs?: readonly NewJob[] | undefined
}
