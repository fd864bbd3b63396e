import { setImmediate } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Catalog } from '../catalog/catalog.ts'
import type { CommandEntry } from '../catalog/schema.ts'
import { AppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import { recordRefusal } from './audit-notes.ts'
import type { Command, Person, TransitionEvent } from './command.ts'
import { findActiveCommand, findCommand, findLastSentAt } from './command-records.ts'
import type { Device } from './devices/device.ts'
import { findDevice } from './devices/device-records.ts'
import type { Devices } from './devices/devices.ts'
import type { DeviceGateway } from './devices/gateway.ts'
import { GatewayUncertainError } from './devices/gateway-errors.ts'
import { CommandContendedError } from './errors.ts'
import type { Decision, Facts } from './policy.ts'
import { deviceUnknown, plainRefusal, type Refusal } from './refusals.ts'
import { type CommandEvent, SENDING_EVENTS } from './state-machine.ts'
import type { Transitions } from './transitions.ts'

/** The result of a press. */
export type ActionResult =
  /** The broker has it; the device's results come by `onChange`, perhaps already. */
  | { kind: 'sent'; command: Command }
  | { kind: 'awaiting_approval'; command: Command }
  /** The command failed and never left us. */
  | { kind: 'not_sent'; command: Command; remedy: string }
  /** The device may or may not have received it. */
  | { kind: 'uncertain'; command: Command; remedy: string }
  | { kind: 'denied' | 'cancelled' | 'checked' | 'asked'; command: Command }
  | { kind: 'refused'; command: Command | null; refusal: Refusal }

export type SendRequest = {
  /** As it was just read, or its id. The decision is made on the row as it is then. */
  command: Command | string
  actor: Person
  /** What the person typed or chose, for a command without a device. */
  device: string | null
  /**
   * Refuses the command as read, or returns how to decide once the facts are there. The decision runs again on fresh
   * facts before the transition counts.
   */
  check(command: Command): Promise<Refusal | ((facts: Facts) => Decision)>
  eventOf(entry: CommandEntry): Extract<CommandEvent, 'request' | 'ask' | 'approve'>
}

/** Longer than the gateway waits for the broker, shorter than the sending timeout. */
const SEND_TIMEOUT_MS = 20_000

/** Each failed attempt was won by somebody else, and the next one usually sees it. */
const MAX_ATTEMPTS = 5

/** A crowd of clicks queues here instead of competing for the database. */
const MAX_CONCURRENT_DECISIONS = 8

/** A clock further ahead is broken, and no expiry can be set by it. */
const MAX_CLOCK_AHEAD_MS = 15 * 60 * 1_000

/** A command that only we may send. */
type ReadyToSend = { command: Command; device: Device; entry: CommandEntry }

/** Handles presses that may end in a message to a device: the only place that sends. */
export function createSendCommand(deps: {
  catalog: Catalog
  gateway: Pick<DeviceGateway, 'send'>
  store: Store
  transitions: Transitions
  devices: Devices
  hasOperators: boolean
  logger: Logger
  now: () => Date
  /** Aborts sends in progress. */
  signal: AbortSignal
}): (request: SendRequest) => Promise<ActionResult> {
  const { catalog, gateway, store, transitions, devices, hasOperators, logger, now, signal } = deps

  const readFacts = async (db: Store, command: Command, device: string | null): Promise<Facts> => {
    const id = device !== null && catalog.isDeviceId(device) ? device : null
    const known = id === null ? null : await findDevice(db, id)
    const active = id === null ? null : await findActiveCommand(db, id)
    return {
      hasOperators,
      entry: catalog.allows(command.code, command.command) ? catalog.command(command.command) : null,
      device: known,
      active: active?.id === command.id ? null : active,
      lastSentAt: id === null ? null : await findLastSentAt(db, id, command.command, command.id),
    }
  }

  const refuse = async (command: Command, refusal: Refusal, actor: Person): Promise<ActionResult> => {
    await recordRefusal(store, command, refusal, actor, now())
    if (refusal.code !== 'device_unknown')
      return { kind: 'refused', command: await transitions.expire(command, refusal, now()), refusal }
    const nearest = await devices.nearest(refusal.device)
    return { kind: 'refused', command, refusal: deviceUnknown(refusal.device, nearest) }
  }

  const send = async ({ command, device, entry }: ReadyToSend): Promise<ActionResult> => {
    const requestedAt = now()
    // A device whose clock is ahead would take every command for expired.
    const aheadMs = Math.min(device.clockAheadMs, MAX_CLOCK_AHEAD_MS)
    const expiresAt = new Date(requestedAt.getTime() + entry.deadlineSeconds * 1_000 + aheadMs)
    const message = { commandId: command.id, device: device.id, command: command.command, requestedAt, expiresAt }
    const applyEvent = async (change: TransitionEvent) =>
      (await transitions.apply(command.id, change)) ?? (await findCommand(store, command.id)) ?? command
    try {
      await gateway.send(message, AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]))
    } catch (error) {
      logger.warn({ err: error, command: command.id, device: device.id }, 'a command was not sent as it should')
      const isSurelyNotSent = error instanceof AppError && !(error instanceof GatewayUncertainError)
      const { remedy } = error instanceof AppError ? error : new GatewayUncertainError('the gateway failed')
      const event = isSurelyNotSent ? 'not_sent' : 'uncertain'
      return { kind: event, command: await applyEvent({ event, at: now(), why: remedy }), remedy }
    }
    return { kind: 'sent', command: await applyEvent({ event: 'confirm', at: now() }) }
  }

  const authorize = async ({
    command: given,
    actor,
    device,
    check,
    eventOf,
  }: SendRequest): Promise<ActionResult | ReadyToSend> => {
    // SQLite answers without yielding to the event loop; let the broker's confirmations in.
    await setImmediate()
    for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
      const command = tries === 0 && typeof given !== 'string' ? given : await findCommand(store, idOf(given))
      if (!command) return { kind: 'refused', command, refusal: plainRefusal('no_such_command') }
      const target = command.device ?? device
      const decideOn = await check(command)
      if (typeof decideOn !== 'function') return refuse(command, decideOn, actor)
      const decision = decideOn(await readFacts(store, command, target))
      if (!decision.isAllowed) return refuse(command, decision.refusal, actor)
      const event = eventOf(decision.entry)
      const updated = await transitions.transition(
        command,
        { event, at: now(), actor, device: decision.device.id },
        async (db) => decideOn(await readFacts(db, command, target)).isAllowed,
      )
      if (!updated) continue
      const isSending = SENDING_EVENTS.some((sending) => sending === event)
      return isSending ? { ...decision, command: updated } : { kind: 'awaiting_approval', command: updated }
    }
    throw new CommandContendedError(`${idOf(given)} was never free to be asked for`)
  }

  const decisionLimit = pLimit(MAX_CONCURRENT_DECISIONS)
  return async (request) => {
    const authorized = await decisionLimit(() => authorize(request))
    return 'kind' in authorized ? authorized : send(authorized)
  }
}

const idOf = (command: Command | string): string => (typeof command === 'string' ? command : command.id)
