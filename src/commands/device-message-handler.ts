import pRetry from 'p-retry'
import type { Catalog } from '../catalog/catalog.ts'
import type { Logger } from '../lib/logger.ts'
import { sanitizeText } from '../lib/sanitize.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Store } from '../store/open.ts'
import { recordDeviceEvent } from './alerts/alert-records.ts'
import { findActiveCommand, findCommand, hasEvent, stepsOf } from './command-records.ts'
import type { DeviceMessage } from './devices/device-messages.ts'
import { recordStatus, updateDeviceCodes } from './devices/device-records.ts'
import type { Transitions } from './transitions.ts'

type Result = Extract<DeviceMessage, { kind: 'result' }>
type Status = Extract<DeviceMessage, { kind: 'status' }>
type Event = Extract<DeviceMessage, { kind: 'event' }>

/** What fits into a message and an audit row. */
const MAX_MESSAGE_CHARS = 500
/** A device that reports progress endlessly fills neither the audit nor the channel. */
const MAX_STEPS = 50
/** A short database outage loses no result; the gateway waits a few seconds. */
const RETRIES = { retries: 4, minTimeout: 50, factor: 3, maxTimeout: 1_000 }

/** Accepts of a device's message only what our own rows support. Never throws because of what a device says. */
export function createDeviceMessageHandler(deps: {
  catalog: Catalog
  store: Store
  transitions: Transitions
  outbox: Pick<Outbox, 'wake'> | null
  /** Whether codes that devices raise become alerts. */
  isAlerting: boolean
  logger: Logger
  now: () => Date
}): (message: DeviceMessage) => Promise<void> {
  const { catalog, store, transitions, outbox, isAlerting, logger, now } = deps

  const onResult = async (result: Result) => {
    const { commandId, device, state } = result
    const command = await findCommand(store, commandId)
    if (!command || command.device !== device) {
      logger.warn(
        { commandId: sanitizeText(commandId, MAX_MESSAGE_CHARS), device, state },
        'a result for a command this device was not sent; ignored',
      )
      return
    }
    if (state === 'running' && (await stepsOf(store, commandId)).length >= MAX_STEPS) return
    const deviceMessage = sanitizeText(result.message ?? '', MAX_MESSAGE_CHARS)
    const updated = await transitions.apply(commandId, { event: state, at: now(), deviceMessage: deviceMessage })
    if (!updated) logger.debug({ command: commandId, device, state }, 'a result that changes nothing; ignored')
  }

  const onStatus = async (status: Status) => {
    await recordStatus(
      store,
      { ...status, firmware: status.firmware && sanitizeText(status.firmware, MAX_MESSAGE_CHARS) },
      now(),
    )
    const command = await findActiveCommand(store, status.device)
    if (command?.state !== 'accepted' || catalog.command(command.command)?.settlesWhen !== 'back_online') return
    const change = { event: status.online ? ('came_back' as const) : ('went_offline' as const), at: now() }
    // Coming back online counts only after going offline, and going offline counts once.
    await transitions.transition(
      command,
      change,
      async (trx) => (await hasEvent(trx, command.id, 'went_offline')) === status.online,
    )
  }

  const onEvent = async (event: Event) => {
    await updateDeviceCodes(store, event, now())
    const isNew = await recordDeviceEvent(store, event, { isAlerting, now: now() })
    if (isNew && isAlerting) outbox?.wake()
  }

  const handleMessage = async (message: DeviceMessage): Promise<void> => {
    if (message.kind === 'unreadable') {
      logger.warn({ topic: message.topic, why: message.why }, 'a device message cannot be read; ignored')
      return
    }
    if (!catalog.isDeviceId(message.device)) {
      logger.warn({ device: message.device, kind: message.kind }, 'a message from what is no device of ours; ignored')
      return
    }
    switch (message.kind) {
      case 'result':
        return onResult(message)
      case 'status':
        return onStatus(message)
      case 'event': {
        const code = sanitizeText(message.code, MAX_MESSAGE_CHARS)
        if (code) await onEvent({ ...message, code })
        return
      }
      default:
        return message satisfies never
    }
  }
  return (message) => pRetry(() => handleMessage(message), RETRIES)
}
