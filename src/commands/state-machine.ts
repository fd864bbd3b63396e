export const COMMAND_STATES = [
  'offered',
  'requested',
  'awaiting_approval',
  'approved',
  'denied',
  'sent',
  'accepted',
  'succeeded',
  'failed',
  'rejected',
  'unknown',
  'expired',
  'cancelled',
] as const
export type CommandState = (typeof COMMAND_STATES)[number]

/** What can happen to a command, in the words of the audit and of the state diagram. */
export const COMMAND_EVENTS = {
  request: 'an operator pressed the button',
  ask: 'an operator requested a second operator’s approval',
  approve: 'a second operator approved',
  deny: 'an operator denied it',
  cancel: 'the requester withdrew it',
  confirm: 'the broker accepted it',
  not_sent: 'nothing was sent',
  uncertain: 'unknown whether it was sent',
  accepted: 'the device accepted it',
  running: 'the device is working on it',
  succeeded: 'the device says that it worked',
  failed: 'the device says that it failed',
  rejected: 'the device refused it',
  went_offline: 'the device went offline',
  came_back: 'the device is online again',
  time_out: 'it timed out',
} as const
export type CommandEvent = keyof typeof COMMAND_EVENTS

/**
 * The two events after which the command goes to the broker, once. No path through the table contains both: a physical
 * action is never resent by itself.
 */
export const SENDING_EVENTS = ['request', 'approve'] as const satisfies readonly CommandEvent[]

const RESULTS = { succeeded: 'succeeded', failed: 'failed', rejected: 'rejected' } as const
const DEVICE_EVENTS = { accepted: 'accepted', running: 'accepted', ...RESULTS } as const

/** A device may answer before the broker confirms, so its events count here too. */
const WHILE_SENDING = {
  confirm: 'sent',
  not_sent: 'failed',
  uncertain: 'unknown',
  time_out: 'unknown',
  ...DEVICE_EVENTS,
} as const

export const COMMAND_TRANSITIONS: Readonly<
  Record<CommandState, Readonly<Partial<Record<CommandEvent, CommandState>>>>
> = {
  offered: { request: 'requested', ask: 'awaiting_approval', deny: 'denied', time_out: 'expired' },
  requested: WHILE_SENDING,
  awaiting_approval: { approve: 'approved', deny: 'denied', cancel: 'cancelled', time_out: 'expired' },
  approved: WHILE_SENDING,
  sent: { ...DEVICE_EVENTS, time_out: 'unknown' },
  accepted: { ...RESULTS, running: 'accepted', went_offline: 'accepted', came_back: 'succeeded', time_out: 'unknown' },
  unknown: RESULTS,
  denied: {},
  succeeded: {},
  failed: {},
  rejected: {},
  expired: {},
  cancelled: {},
}

/** The state after an event; null when the event changes nothing in this state: too late, repeated, out of order. */
export function nextState(state: CommandState, event: CommandEvent): CommandState | null {
  return COMMAND_TRANSITIONS[state][event] ?? null
}

const ACTIVE: ReadonlySet<CommandState> = new Set(['requested', 'awaiting_approval', 'approved', 'sent', 'accepted'])

/** In progress: its device takes no other command meanwhile. */
export function isActive(state: CommandState): boolean {
  return ACTIVE.has(state)
}

const NEEDS_FOLLOW_UP: ReadonlySet<CommandState> = new Set(['failed', 'rejected', 'unknown'])

/** It didn't help, or nobody knows: a person has to follow up. */
export function needsFollowUp(state: CommandState): boolean {
  return NEEDS_FOLLOW_UP.has(state)
}

/** Final. `unknown` isn't: the device may still report. */
export function isSettled(state: CommandState): boolean {
  return Object.keys(COMMAND_TRANSITIONS[state]).length === 0
}
