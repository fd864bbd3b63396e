import { z } from 'zod'
import { InvalidDeviceIdError } from './gateway-errors.ts'

/** Device messages as the rest of the product sees them. */
export type DeviceMessage =
  | { kind: 'result'; device: string; commandId: string; state: ResultState; at: Date; message: string | null }
  /**
   * A last will is written when the device connects and published when it's lost, so its `at` is older than the last
   * "online". Statuses are ordered by arrival, never by `at`.
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

/** A command on its way to a device, which drops it when `expiresAt` has passed or the id is known. */
export type CommandMessage = {
  commandId: string
  device: string
  command: string
  requestedAt: Date
  expiresAt: Date
}

/** The topics the gateway subscribes to; `+` stands for any device. */
export const DEVICE_TOPICS = ['hydrocore/+/results', 'hydrocore/+/status', 'hydrocore/+/events'] as const

/** One topic level: no separator, no wildcard, nothing invisible, no longer than a label. */
const TOPIC_LEVEL = /^[^/+#\p{C}\p{Zl}\p{Zp}]{1,128}$/u

/** The command topic of a device; throws `InvalidDeviceIdError` for an id that could address anything else. */
export function commandTopic(device: string): string {
  if (!TOPIC_LEVEL.test(device)) throw new InvalidDeviceIdError(`not a topic level: ${JSON.stringify(device)}`)
  return `hydrocore/${device}/commands`
}

/** A command's payload: JSON with ISO 8601 UTC times. */
export function serializeCommand({ commandId, command, requestedAt, expiresAt }: CommandMessage): string {
  return JSON.stringify({
    commandId,
    command,
    requestedAt: requestedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  })
}

/** Devices send a few hundred bytes; anything larger is a fault or an attack and isn't parsed. */
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

/** Parses a message from a topic. Never throws: what can't be read is `unreadable`. */
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
