import pRetry from 'p-retry'
import type { Catalog } from '../catalog/catalog.ts'
import type { Logger } from '../lib/logger.ts'
import { sanitizeText } from '../lib/sanitize.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Store } from '../store/open.ts'
import { recordAlertEvent } from './alerts/alert-records.ts'
import type { DeviceMessage } from './devices/device-messages.ts'
import { recordEvent, recordStatus } from './devices/device-records.ts'
import { activeCommand, findCommand, hasHappened, stepsOf } from './records.ts'
import type { Transitions } from './transitions.ts'

type Result = Extract<DeviceMessage, { kind: 'result' }>
type Status = Extract<DeviceMessage, { kind: 'status' }>
type Event = Extract<DeviceMessage, { kind: 'event' }>

/** As much of a device's words as a message and an audit row can show. */
const MOST_WORDS = 500
/** A device that reports its progress without end fills neither the audit nor the channel. */
const MOST_STEPS = 50
/** A database that is away for a moment costs no result; the gateway waits a few seconds for us. */
const RETRIES = { retries: 4, minTimeout: 50, factor: 3, maxTimeout: 1_000 }

/** Believes of a device's message what our own rows bear out. Never throws for what a device says. */
export function createDeviceReports(deps: {
  catalog: Catalog
  store: Store
  moves: Transitions
  outbox: Pick<Outbox, 'wake'> | null
  /** Whether what devices raise becomes an alert. */
  isAlerting: boolean
  logger: Logger
  now: () => Date
}): (message: DeviceMessage) => Promise<void> {
  const { catalog, store, moves, outbox, isAlerting, logger, now } = deps

  const onResult = async (result: Result) => {
    const { commandId, device, state } = result
    const command = await findCommand(store, commandId)
    if (!command || command.device !== device) {
      logger.warn(
        { commandId: sanitizeText(commandId, MOST_WORDS), device, state },
        'a result for a command this device was not sent; ignored',
      )
      return
    }
    if (state === 'running' && (await stepsOf(store, commandId)).length >= MOST_STEPS) return
    const deviceMessage = sanitizeText(result.message ?? '', MOST_WORDS)
    const moved = await moves.apply(commandId, { event: state, at: now(), deviceMessage: deviceMessage })
    if (!moved) logger.debug({ command: commandId, device, state }, 'a result that changes nothing; ignored')
  }

  const onStatus = async (status: Status) => {
    await recordStatus(
      store,
      { ...status, firmware: status.firmware && sanitizeText(status.firmware, MOST_WORDS) },
      now(),
    )
    const command = await activeCommand(store, status.device)
    if (command?.state !== 'accepted' || catalog.command(command.command)?.settlesWhen !== 'back_online') return
    const happening = { event: status.online ? ('came_back' as const) : ('went_offline' as const), at: now() }
    // Online again means something only after it was gone, and it goes only once.
    await moves.transition(
      command,
      happening,
      async (trx) => (await hasHappened(trx, command.id, 'went_offline')) === status.online,
    )
  }

  const onEvent = async (event: Event) => {
    await recordEvent(store, event, now())
    const isNew = await recordAlertEvent(store, event, { isAlerting, now: now() })
    if (isNew && isAlerting) outbox?.wake()
  }

  const believe = async (message: DeviceMessage): Promise<void> => {
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
        const code = sanitizeText(message.code, MOST_WORDS)
        if (code) await onEvent({ ...message, code })
        return
      }
      default:
        return message satisfies never
    }
  }
  return (message) => pRetry(() => believe(message), RETRIES)
}
