import { randomUUID } from 'node:crypto'
import { connectAsync } from 'mqtt'
import type { CommandMessage } from '../../../src/commands/devices/device-messages.ts'
import {
  connectGateway,
  type DeviceGateway,
  type DeviceMessage,
  type GatewayOptions,
} from '../../../src/commands/devices/gateway.ts'
import { type Line, openLine } from '../flaky-proxy.ts'
import { Heard } from './heard.ts'

type LogLine = { level: string; details: unknown; text: string }

export type TestGateway = DeviceGateway & { heard: Heard<DeviceMessage>; states: Heard<string> }

/** One device of its own, one line to the broker, and a gateway on it: nothing that another test could hear. */
export type Scene = AsyncDisposable & {
  device: string
  /** Publishes as the device does. */
  say(channel: 'results' | 'status' | 'events', payload: unknown, options?: { retain?: boolean }): Promise<void>
  /** Commands that reached the device. */
  commands: Heard<{ payload: Record<string, unknown>; qos: number; retain: boolean }>
  line: Line
  logs: Heard<LogLine>
  open(options?: Partial<GatewayOptions>): Promise<TestGateway>
  command(over?: Partial<CommandMessage>): CommandMessage
}

export async function openScene(brokerUrl: string): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const id = randomUUID().slice(0, 8)
  const device = `HC5000-T-${id}`
  const topic = (channel: string) => `hydrocore/${device}/${channel}`
  const logs = new Heard<LogLine>()
  const commands: Scene['commands'] = new Heard()
  const clientId = `gateway-${id}`

  const unit = await connectAsync(brokerUrl, { clientId: `device-${id}` })
  opened.defer(async () => {
    await unit.publishAsync(topic('status'), '', { qos: 1, retain: true })
    await unit.endAsync()
    // A clean session of the same name lets the broker forget the kept one.
    const forget = await connectAsync(brokerUrl, { clientId, clean: true })
    await forget.endAsync()
  })
  unit.on('message', (_topic, payload, { qos, retain }) =>
    commands.hear({ payload: JSON.parse(payload.toString()), qos, retain }),
  )
  await unit.subscribeAsync(topic('commands'), { qos: 1 })
  const line = opened.use(await openLine(brokerUrl))
  const log = (level: string) => (details: unknown, text?: string) =>
    logs.hear({ level, details, text: text ?? String(details) })

  const held = opened.move()
  return {
    device,
    commands,
    line,
    logs,
    async say(channel, payload, { retain = false } = {}) {
      const isRaw = typeof payload === 'string' || Buffer.isBuffer(payload)
      await unit.publishAsync(topic(channel), isRaw ? payload : JSON.stringify(payload), { qos: 1, retain })
    },
    async open(options = {}) {
      const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
      const gateway = held.use(
        await connectGateway({ url: line.url, clientId, reconnectMs: 20, ackTimeoutMs: 5_000, logger, ...options }),
      )
      const states = new Heard<string>()
      states.hear(gateway.state())
      gateway.onState(states.hear)
      const heard = new Heard<DeviceMessage>()
      gateway.subscribe((message) => {
        if ('device' in message ? message.device === device : message.topic.includes(device)) heard.hear(message)
      })
      return Object.assign(gateway, { heard, states })
    },
    command: (over = {}) => ({
      commandId: `cmd_${randomUUID()}`,
      device,
      command: 'CLEAN_TURB',
      requestedAt: new Date(),
      expiresAt: new Date(Date.now() + 120_000),
      ...over,
    }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
