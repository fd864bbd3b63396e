import PQueue from 'p-queue'
import type { Logger } from '../../lib/logger.ts'
import type { DeviceMessage } from './device-messages.ts'

export type DeviceListener = (message: DeviceMessage) => void | Promise<void>

export type DeviceInbox = {
  /** Hands a message to every listener, one message after the other; resolves when all have settled. */
  deliver(message: DeviceMessage): Promise<void>
  subscribe(listener: DeviceListener): () => void
  /** False until the first listener: what arrives before waits for it. */
  isOpen(): boolean
  /** Resolves when nothing that was delivered is still being worked on. */
  drain(): Promise<void>
}

/** A listener that hangs must not keep the messages behind it waiting for ever. */
const LISTENER_TIMEOUT_MS = 5_000
/** More waiting messages than this, and something is broken on our side: memory comes first. */
const MAX_WAITING_MESSAGES = 10_000

/** Where device messages wait for their listeners, in the order they came. A listener that fails is logged. */
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
