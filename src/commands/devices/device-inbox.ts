import PQueue from 'p-queue'
import type { Logger } from '../../lib/logger.ts'
import type { DeviceMessage } from './device-messages.ts'

export type DeviceListener = (message: DeviceMessage) => void | Promise<void>

export type DeviceInbox = {
  /** Hands a message to every listener, one message at a time; resolves when all have settled. */
  deliver(message: DeviceMessage): Promise<void>
  subscribe(listener: DeviceListener): () => void
  /** False until there is a listener; earlier messages wait. */
  isOpen(): boolean
  /** Resolves when nothing delivered is still being processed. */
  drain(): Promise<void>
}

/** A listener that hangs must not block the messages behind it for ever. */
const LISTENER_TIMEOUT_MS = 5_000
/** With more than this waiting, something is broken on our side: memory comes first. */
const MAX_WAITING_MESSAGES = 10_000

/** A queue of device messages in order of arrival. A listener that fails is logged. */
export function createDeviceInbox(logger: Pick<Logger, 'error'>): DeviceInbox {
  const listeners = new Set<DeviceListener>()
  const queue = new PQueue({ concurrency: 1, autoStart: false, timeout: LISTENER_TIMEOUT_MS })

  const notify = async (listener: DeviceListener, message: DeviceMessage) => {
    try {
      await listener(message)
    } catch (error) {
      logger.error({ err: error, kind: message.kind }, 'a listener to device messages failed')
    }
  }
  return {
    async deliver(message) {
      if (queue.size >= MAX_WAITING_MESSAGES) {
        logger.error({ kind: message.kind }, 'too many device messages are waiting; one was dropped')
        return
      }
      try {
        await queue.add(() => Promise.all([...listeners].map((listener) => notify(listener, message))))
      } catch (error) {
        logger.error({ err: error, kind: message.kind }, 'a listener to device messages hangs')
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      setImmediate(() => queue.start())
      return () => void listeners.delete(listener)
    },
    isOpen: () => !queue.isPaused,
    drain: async () => {
      if (!queue.isPaused) await queue.onIdle()
    },
  }
}
