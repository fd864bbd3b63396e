import pRetry from 'p-retry'
import type { Catalog } from '../catalog/catalog.ts'
import type { Logger } from '../lib/logger.ts'
import { plainWords } from '../lib/sanitize.ts'
import type { Errands } from '../outbox/outbox.ts'
import type { Store } from '../store/open.ts'
import { hearEvent } from './alerts/alert-records.ts'
import type { DeviceMessage } from './devices/device-messages.ts'
import { rememberEvent, rememberStatus } from './devices/device-records.ts'
import { activeCommand, findCommand, hasHappened, stepsOf } from './records.ts'
import type { Moves } from './transitions.ts'

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
export function createDeviceReports(parts: {
  catalog: Catalog
  store: Store
  moves: Moves
  errands: Pick<Errands, 'soon'> | null
  /** Whether what devices raise becomes an alert. */
  isAlerting: boolean
  logger: Logger
  now: () => Date
}): (message: DeviceMessage) => Promise<void> {
  const { catalog, store, moves, errands, isAlerting, logger, now } = parts

  const onResult = async (result: Result) => {
    const { commandId, device, state } = result
    const command = await findCommand(store, commandId)
    if (!command || command.device !== device) {
      logger.warn(
        { commandId: plainWords(commandId, MOST_WORDS), device, state },
        'a result for a command this device was not sent; ignored',
      )
      return
    }
    if (state === 'running' && (await stepsOf(store, commandId)).length >= MOST_STEPS) return
    const deviceWords = plainWords(result.message ?? '', MOST_WORDS)
    const moved = await moves.happen(commandId, { event: state, at: now(), deviceWords })
    if (!moved) logger.debug({ command: commandId, device, state }, 'a result that changes nothing; ignored')
  }

  const onStatus = async (status: Status) => {
    await rememberStatus(
      store,
      { ...status, firmware: status.firmware && plainWords(status.firmware, MOST_WORDS) },
      now(),
    )
    const command = await activeCommand(store, status.device)
    if (command?.state !== 'accepted' || catalog.command(command.command)?.settlesWhen !== 'back_online') return
    const happening = { event: status.online ? ('came_back' as const) : ('went_offline' as const), at: now() }
    // Online again means something only after it was gone, and it goes only once.
    await moves.move(
      command,
      happening,
      async (trx) => (await hasHappened(trx, command.id, 'went_offline')) === status.online,
    )
  }

  const onEvent = async (event: Event) => {
    await rememberEvent(store, event, now())
    const isNew = await hearEvent(store, event, { isAlerting, now: now() })
    if (isNew && isAlerting) errands?.soon()
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
        const code = plainWords(message.code, MOST_WORDS)
        if (code) await onEvent({ ...message, code })
        return
      }
      default:
        return message satisfies never
    }
  }
  return (message) => pRetry(() => believe(message), RETRIES)
}
