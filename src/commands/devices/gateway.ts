import { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect, ErrorWithReasonCode, type IClientPublishOptions, type Packet, Store } from 'mqtt'
import type { Logger } from '../../lib/logger.ts'
import { createDeviceInbox, type DeviceListener } from './device-inbox.ts'
import {
  type CommandMessage,
  commandTopic,
  DEVICE_TOPICS,
  parseDeviceMessage,
  serializeCommand,
} from './device-messages.ts'
import {
  CommandExpiredError,
  GatewayOfflineError,
  GatewayRefusedError,
  GatewayUncertainError,
} from './gateway-errors.ts'

export type { DeviceMessage } from './device-messages.ts'
export {
  CommandExpiredError,
  GatewayOfflineError,
  GatewayRefusedError,
  GatewayUncertainError,
  InvalidDeviceIdError,
} from './gateway-errors.ts'

/** `connecting` until the first connection; `offline` once it was lost. Both keep trying. */
export type GatewayState = 'connected' | 'connecting' | 'offline' | 'closed'

export type DeviceGateway = AsyncDisposable & {
  /**
   * Resolves once the broker has acknowledged the command, and only then. It's published once: nothing is queued while
   * offline or repeated after a reconnect. Every error but `GatewayUncertainError` means nothing was sent.
   */
  send(command: CommandMessage, signal?: AbortSignal): Promise<void>
  /**
   * A message is acknowledged to the broker once its listeners have settled, so a message in progress when the process
   * dies is redelivered (and may come twice). Messages that arrive before the first listener wait for it and for others
   * that subscribe in the same tick.
   */
  subscribe(listener: DeviceListener): () => void
  state(): GatewayState
  onState(listener: (state: GatewayState) => void): () => void
  close(): Promise<void>
}

export type GatewayOptions = {
  url: string
  /** Stable and unique to this process: the broker keeps messages under this name while we're away. */
  clientId: string
  username?: string
  password?: string
  /** For a short look: the broker keeps nothing under this name afterwards. */
  isCleanSession?: boolean
  /** How long `connectGateway` waits for the first connection before it resolves without one. */
  connectTimeoutMs?: number
  /** How long `send` waits for the broker's acknowledgement. */
  ackTimeoutMs?: number
  /** The pause between two connection attempts. */
  reconnectMs?: number
  /** How long closing waits for work in progress, and then for the broker to hang up. */
  closeTimeoutMs?: number
  logger: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>
}

/** How long an MQTT 5 broker keeps messages while we're away; an older broker decides itself. */
const SESSION_EXPIRY_SECONDS = 7 * 24 * 60 * 60
/** Larger packets are dropped by the broker; smaller ones that are still too large are reported as unreadable. */
const MAX_PACKET_BYTES = 1024 * 1024
/** A broker that accepts the connection and stays silent this long is given up and retried. */
const CONNACK_TIMEOUT_MS = 10_000
const KEEPALIVE_SECONDS = 30
/** "Unacceptable protocol version", as MQTT 3.1.1 and as MQTT 5 number it. */
const WRONG_PROTOCOL_CODES: readonly unknown[] = [1, 132]

/**
 * mqtt.js stores unacknowledged messages and resends them by itself after a reconnect, even in a new session. A
 * physical action must never repeat by itself, so this store keeps nothing.
 */
class ForgetfulStore extends Store {
  override put(_packet: Packet, done: () => void): this {
    done()
    return this
  }
  override del(_packet: Pick<Packet, 'messageId'>, done: (error?: Error, packet?: Packet) => void): this {
    done()
    return this
  }
}

/**
 * Connects to the broker and stays connected. Resolves after `connectTimeoutMs` at the latest even when the broker is
 * down, and keeps trying; `send` reports that the gateway is offline meanwhile.
 */
export async function connectGateway(options: GatewayOptions): Promise<DeviceGateway> {
  const { url, clientId, logger, isCleanSession = false } = options
  const { connectTimeoutMs = 1_000, ackTimeoutMs = 5_000, reconnectMs = 1_000, closeTimeoutMs = 1_500 } = options
  const stores = { incomingStore: new Store(), outgoingStore: new ForgetfulStore() }
  const client = connect(url, {
    ...stores,
    clientId,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    clean: isCleanSession,
    protocolVersion: 5,
    properties: {
      sessionExpiryInterval: isCleanSession ? 0 : SESSION_EXPIRY_SECONDS,
      maximumPacketSize: MAX_PACKET_BYTES,
    },
    queueQoSZero: false,
    // Resubscribing on every connection brings the retained statuses, with or without a stored session.
    resubscribe: false,
    reconnectPeriod: reconnectMs,
    // Credentials may be corrected on the broker's side while we run.
    reconnectOnConnackError: true,
    connectTimeout: CONNACK_TIMEOUT_MS,
    keepalive: KEEPALIVE_SECONDS,
  })

  let state: GatewayState = 'connecting'
  let closing: Promise<void> | null = null
  let lastError: unknown = null
  let lastLogged: string | null = null
  const stateListeners = new Set<(state: GatewayState) => void>()
  const inFlight = new Map<Promise<void>, (cause: unknown) => void>()
  const inbox = createDeviceInbox(logger)
  const firstAttempt = Promise.withResolvers<void>()
  /** Lets the broker's acknowledgements pass a message that's still being processed. */
  let releasePending = () => {}

  const setState = (next: GatewayState) => {
    if (state === next || state === 'closed') return
    state = next
    for (const listener of stateListeners) {
      try {
        listener(next)
      } catch (error) {
        logger.error({ err: error }, 'a listener to the device gateway failed')
      }
    }
  }
  /** A broker that's down fails every second; log it once. */
  const logOnce = (error: Error, text: string) => {
    logger[lastLogged === error.message ? 'debug' : 'warn']({ err: error }, text)
    lastLogged = error.message
  }

  client.on('connect', () => {
    // Without this, each of our small messages waits some 40 ms (Nagle and delayed acknowledgement).
    if (client.stream instanceof Socket) client.stream.setNoDelay(true)
    client.subscribe([...DEVICE_TOPICS], { qos: 1 }, (error) => {
      if (!client.connected || closing) return
      if (error) {
        logOnce(error, 'the broker refuses to let the device gateway listen; check its permissions')
        client.stream.destroy()
        return
      }
      lastLogged = null
      logger.info({ protocol: client.options.protocolVersion }, 'device gateway connected')
      setState('connected')
      firstAttempt.resolve()
    })
  })
  client.on('error', (error) => {
    lastError = error
    if (!isWrongProtocol(error)) logOnce(error, 'device gateway cannot connect; it keeps trying')
  })
  client.on('disconnect', (packet) => {
    logger.warn({ reason: packet.reasonCode }, 'the broker ended the connection; is the client id used twice?')
  })
  client.on('close', () => {
    for (const giveUp of inFlight.values()) giveUp(new Error('the connection was lost'))
    releasePending()
    const fault = lastError
    lastError = null
    if (closing) return
    if (state === 'connected') {
      logger.warn('device gateway lost its connection; it keeps trying')
      setState('offline')
    }
    if (client.options.protocolVersion === 5 && isWrongProtocol(fault)) {
      client.options.protocolVersion = 4
      client.reconnect(stores)
      return
    }
    // Some brokers silently hang up on a protocol they don't know: alternate until one answers.
    if (state === 'connecting' && isHangUp(fault)) {
      client.options.protocolVersion = client.options.protocolVersion === 5 ? 4 : 5
    }
    firstAttempt.resolve()
  })

  client.handleMessage = async (packet, acknowledge) => {
    const connection = client.stream
    const released = Promise.withResolvers<void>()
    releasePending = released.resolve
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const delivered = inbox.deliver(parseDeviceMessage(packet.topic, payload, packet.retain))
    // Nobody is listening yet, or a sender waits for its acknowledgement behind this message: treat it as read.
    if (!inbox.isOpen() || inFlight.size > 0) released.resolve()
    await Promise.race([delivered, released.promise])
    const isSameConnection = client.connected && client.stream === connection
    acknowledge(isSameConnection ? undefined : new Error('the connection it came on is gone'))
  }

  const publish = async (topic: string, payload: string, publishing: IClientPublishOptions, signal?: AbortSignal) => {
    const sent = Promise.withResolvers<void>()
    client.publish(topic, payload, publishing, (error) => (error ? sent.reject(toSendError(error)) : sent.resolve()))
    const messageId = client.getLastMessageId()
    const giveUp = (cause: unknown) => {
      sent.reject(new GatewayUncertainError(`${topic} was not acknowledged`, { cause }))
      client.removeOutgoingMessage(messageId)
    }
    const timer = setTimeout(() => {
      giveUp(new Error(`no acknowledgement in ${ackTimeoutMs} ms`))
      // A connection that swallows messages is worse than none: without one, the next send knows it wasn't sent.
      client.stream.destroy()
    }, ackTimeoutMs)
    const onAbort = () => giveUp(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    inFlight.set(sent.promise, giveUp)
    try {
      await sent.promise
    } finally {
      inFlight.delete(sent.promise)
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  const shutDown = async () => {
    const underWay = Promise.allSettled([...inFlight.keys(), inbox.drain()])
    await Promise.race([underWay, wait(closeTimeoutMs, undefined, { ref: false })])
    for (const giveUp of inFlight.values()) giveUp(new Error('the gateway was closed'))
    const ended = client.endAsync(state !== 'connected')
    await Promise.race([ended, wait(closeTimeoutMs, undefined, { ref: false })])
    client.stream.destroy()
    setState('closed')
    stateListeners.clear()
  }
  const close = () => {
    closing ??= shutDown()
    return closing
  }

  const timeouts = setTimeout(firstAttempt.resolve, connectTimeoutMs)
  await firstAttempt.promise
  clearTimeout(timeouts)

  return {
    async send(command, signal) {
      const topic = commandTopic(command.device)
      signal?.throwIfAborted()
      if (state !== 'connected' || closing) throw new GatewayOfflineError(`state is ${closing ? 'closed' : state}`)
      const secondsLeft = Math.ceil((command.expiresAt.getTime() - Date.now()) / 1_000)
      if (!(secondsLeft > 0)) throw new CommandExpiredError(`${command.commandId} expired before it was sent`)
      releasePending()
      const properties = { messageExpiryInterval: secondsLeft }
      await publish(topic, serializeCommand(command), { qos: 1, retain: false, properties }, signal)
    },
    subscribe: inbox.subscribe,
    state: () => state,
    onState(listener) {
      stateListeners.add(listener)
      return () => void stateListeners.delete(listener)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function isWrongProtocol(error: unknown): boolean {
  return error instanceof ErrorWithReasonCode && WRONG_PROTOCOL_CODES.includes(error.code)
}

/** The other side closed or reset the connection without a word. */
function isHangUp(error: unknown): boolean {
  return error === null || (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
}

function toSendError(error: Error): GatewayRefusedError | GatewayUncertainError {
  if (error instanceof ErrorWithReasonCode) return new GatewayRefusedError(error.message, { cause: error })
  return new GatewayUncertainError(error.message, { cause: error })
}
