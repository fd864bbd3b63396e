import type { CommandEntry } from '../catalog/schema.ts'
import type { Command, PersonWithRoles } from './command.ts'
import type { Device } from './devices/device.ts'
import {
  alreadyHandled,
  busy,
  coolingDown,
  deviceMismatch,
  deviceOffline,
  deviceUnknown,
  plainRefusal,
  type Refusal,
} from './refusals.ts'
import { needsFollowUp } from './state-machine.ts'

/** What was looked up for the decision; nothing of it comes from the button. */
export type Facts = {
  readonly hasOperators: boolean
  /** Null when the catalog doesn't recommend this command for this code (any more). */
  readonly entry: CommandEntry | null
  /** Null when no such device has ever reported. */
  readonly device: Device | null
  /** Another command that occupies the device. */
  readonly active: Command | null
  /** When the same command last went to the device, or may have. */
  readonly lastSentAt: Date | null
}

type DecisionInput = {
  readonly command: Command
  readonly person: PersonWithRoles
  readonly now: Date
  readonly facts: Facts
}

export type Decision =
  | { readonly isAllowed: true; readonly device: Device; readonly entry: CommandEntry }
  | { readonly isAllowed: false; readonly refusal: Refusal }

/** Why this person can't request the command, before anything is looked up; null to go on. */
export function checkRequest(
  command: Command,
  person: PersonWithRoles,
  hasOperators: boolean,
  now: Date,
): Refusal | null {
  const who = checkPerson(person, hasOperators)
  if (who) return who
  if (command.state !== 'offered') return refusalForState(command)
  return isPast(command.deadlineAt, now) ? plainRefusal('offer_lapsed') : null
}

/**
 * Whether this person may send the command now. `device` is what they typed or chose, in the catalog's spelling; null
 * for a plain press.
 */
export function decide({ command, person, device, now, facts }: DecisionInput & { device: string | null }): Decision {
  const { entry } = facts
  const refusal = checkRequest(command, person, facts.hasOperators, now)
  if (refusal) return refuse(refusal)
  if (!entry) return refuse(plainRefusal('not_in_catalog'))
  const wanted = command.device ?? device
  if (!wanted) return refuse(plainRefusal('device_missing'))
  if (device !== null && device !== wanted) return refuse(deviceMismatch(wanted, device))
  if (entry.risk === 'medium' && device === null) return refuse(plainRefusal('device_not_typed'))
  return decideDevice(wanted, entry, { command, person, now, facts })
}

/** Why this person can't decide about a command that awaits a second operator, before anything is looked up. */
export function checkApproval(
  command: Command,
  person: PersonWithRoles,
  hasOperators: boolean,
  now: Date,
): Refusal | null {
  return checkPerson(person, hasOperators) ?? checkWaiting(command, now)
}

/** Why this person can't ask an operator to send the command; null when they can. */
export function checkAsk(command: Command, person: PersonWithRoles, hasOperators: boolean, now: Date): Refusal | null {
  return checkRequest(command, { ...person, mayOperate: true }, hasOperators, now)
}

/** Why this person can't deny the command; `isAsked`: somebody asked an operator to send it. */
export function checkDenial(
  command: Command,
  person: PersonWithRoles,
  { hasOperators, isAsked, now }: { hasOperators: boolean; isAsked: boolean; now: Date },
): Refusal | null {
  return isAsked ? checkRequest(command, person, hasOperators, now) : checkApproval(command, person, hasOperators, now)
}

/** Whether this person may approve the command. `isSame`: they requested it themselves. */
export function decideApproval({ command, person, isSame, now, facts }: DecisionInput & { isSame: boolean }): Decision {
  const refusal = checkApproval(command, person, facts.hasOperators, now)
  if (refusal) return refuse(refusal)
  if (isSame) return refuse(plainRefusal('own_request'))
  if (!facts.entry) return refuse(plainRefusal('not_in_catalog'))
  if (!command.device) return refuse(plainRefusal('device_missing'))
  return decideDevice(command.device, facts.entry, { command, person, now, facts })
}

/** Why a command can no longer be withdrawn; null when it can. */
export function checkCancel(command: Command, isRequester: boolean, now: Date): Refusal | null {
  return checkWaiting(command, now) ?? (isRequester ? null : plainRefusal('not_yours'))
}

/** Why there's nothing to record a check on site for; null when there is. */
export function checkSiteVisit({ state, checkedBy }: Command, { isExternal }: PersonWithRoles): Refusal | null {
  if (isExternal) return plainRefusal('external')
  return needsFollowUp(state) && !checkedBy ? null : plainRefusal('nothing_to_check')
}

function decideDevice(id: string, entry: CommandEntry, { command, now, facts }: DecisionInput): Decision {
  const { device, active, lastSentAt } = facts
  if (!device) return refuse(deviceUnknown(id))
  if (entry.requiresOnline && !device.isOnline) return refuse(deviceOffline(id, device.since, now))
  if (active) return refuse(busy(id, active, now))
  const coolAt = lastSentAt && new Date(lastSentAt.getTime() + entry.cooldownSeconds * 1_000)
  if (coolAt && coolAt > now) return refuse(coolingDown(id, command.command, coolAt, now))
  return { isAllowed: true, device, entry }
}

function checkPerson(person: PersonWithRoles, hasOperators: boolean): Refusal | null {
  if (person.isExternal) return plainRefusal('external')
  if (!hasOperators) return plainRefusal('no_operators')
  return person.mayOperate ? null : plainRefusal('not_operator')
}

function checkWaiting(command: Command, now: Date): Refusal | null {
  if (command.state !== 'awaiting_approval') return refusalForState(command)
  return isPast(command.deadlineAt, now) ? plainRefusal('approval_lapsed') : null
}

function refusalForState(command: Command): Refusal {
  if (command.state !== 'expired') return alreadyHandled(command)
  return plainRefusal(command.requestedBy ? 'approval_lapsed' : 'offer_lapsed')
}

function isPast(deadline: Date | null, now: Date): boolean {
  return deadline !== null && deadline <= now
}

function refuse(refusal: Refusal): Decision {
  return { isAllowed: false, refusal }
}
