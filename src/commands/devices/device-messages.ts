import { z } from 'zod'
import { InvalidDeviceIdError } from './gateway-errors.ts'

/** What devices say, as the rest of the product sees it. */
export type DeviceMessage =
  | { kind: 'result'; device: string; commandId: string; state: ResultState; at: Date; message: string | null }
  /**
   * A last will is written when the device connects and spoken when it is lost: its `at` is older than the last
   * "online" before it. Statuses are told apart by the order of their arrival, never by `at`.
   */
  | { kind: 'status'; device: string; online: boolean; at: Date; firmware: string | null; retained: boolean }
  | {
      kind: 'event'
      device: string
      code: string
      state: 'raised' | 'cleared'
      at: Date
      values: Readonly<Record<string, unknown>> | null
    }
  | { kind: 'unreadable'; topic: string; why: string }

export type ResultState = z.infer<typeof ResultState>
const ResultState = z.enum(['accepted', 'running', 'succeeded', 'failed', 'rejected'])

/** A command as it travels to a device. The device drops it when `expiresAt` has passed or the id is known to it. */
export type CommandMessage = {
  commandId: string
  device: string
  command: string
  requestedAt: Date
  expiresAt: Date
}

/** Where the gateway listens; a `+` stands for any device. */
export const DEVICE_TOPICS = ['hydrocore/+/results', 'hydrocore/+/status', 'hydrocore/+/events'] as const

/** One level of a topic: no separator, no wildcard, nothing invisible; the length is more than any label holds. */
const TOPIC_LEVEL = /^[^/+#\p{C}\p{Zl}\p{Zp}]{1,128}$/u

/** The topic a device hears its commands on; throws `InvalidDeviceIdError` where the id could address anything else. */
export function commandTopic(device: string): string {
  if (!TOPIC_LEVEL.test(device)) throw new InvalidDeviceIdError(`not a topic level: ${JSON.stringify(device)}`)
  return `hydrocore/${device}/commands`
}

/** The payload of a command: JSON, times in ISO 8601 UTC. */
export function serializeCommand({ commandId, command, requestedAt, expiresAt }: CommandMessage): string {
  return JSON.stringify({
    commandId,
    command,
    requestedAt: requestedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  })
}

/** A device says a few hundred bytes; what is larger is a fault or an attack and is not parsed. */
export const MAX_PAYLOAD_BYTES = 64 * 1024

const Time = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const Result = z.object({
  commandId: z.string().min(1).max(200),
  state: ResultState,
  at: Time,
  message: z.string().nullish(),
})
const Status = z.object({ online: z.boolean(), at: Time, firmware: z.string().max(200).nullish() })
const Event = z.object({
  code: z.string().min(1).max(100),
  state: z.enum(['raised', 'cleared']),
  at: Time,
  values: z.record(z.string(), z.unknown()).nullish(),
})

/** Reads what came in on a topic. Whatever it is, this answers: what cannot be read is `unreadable`. */
export function parseDeviceMessage(topic: string, payload: Uint8Array, retained: boolean): DeviceMessage {
  const unreadable = (why: string): DeviceMessage => ({ kind: 'unreadable', topic, why })
  const [root, device = '', channel, ...rest] = topic.split('/')
  if (root !== 'hydrocore' || rest.length > 0 || !TOPIC_LEVEL.test(device)) return unreadable('not a topic of a device')
  if (payload.byteLength > MAX_PAYLOAD_BYTES) return unreadable(`${payload.byteLength} bytes are too many`)
  const json = readJson(payload)
  if (json === undefined) return unreadable('not JSON in UTF-8')

  switch (channel) {
    case 'results': {
      const { data, error } = Result.safeParse(json)
      if (!data) return unreadable(z.prettifyError(error))
      return { kind: 'result', device, ...data, message: data.message ?? null }
    }
    case 'status': {
      const { data, error } = Status.safeParse(json)
      if (!data) return unreadable(z.prettifyError(error))
      return { kind: 'status', device, ...data, firmware: data.firmware ?? null, retained }
    }
    case 'events': {
      const { data, error } = Event.safeParse(json)
      if (!data) return unreadable(z.prettifyError(error))
      return { kind: 'event', device, ...data, values: data.values ?? null }
    }
    default:
      return unreadable('not a topic of a device')
  }
}

function readJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return undefined
  }
}
