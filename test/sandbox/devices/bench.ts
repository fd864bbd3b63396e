import { randomUUID } from 'node:crypto'
import { connectAsync } from 'mqtt'
import { type Broker, startBroker } from '../../../src/sandbox/broker/broker.ts'
import { type DevicePanel, startDevices } from '../../../src/sandbox/devices/devices.ts'
import type { Device } from '../../../src/sandbox/page/contract.ts'
import { Heard } from '../../commands/devices/heard.ts'

export type Said = { device: string; channel: string; retain: boolean; text: string; json: Record<string, unknown> }

/** A broker, the units on it at full speed, and an ear that hears all they say. */
export type Bench = AsyncDisposable & {
  broker: Broker
  panel: DevicePanel
  said: Heard<Said>
  changes: Heard<Device>
  send(device: string, command: string, over?: Record<string, unknown>): Promise<string>
  sendRaw(device: string, payload: string | Buffer): Promise<void>
  resultsOf(commandId: string): Said[]
  /** Resolves with the result of that state for that command. */
  result(commandId: string, state: string): Promise<Said>
}

export async function openBench(options: Partial<Parameters<typeof startDevices>[0]> = {}): Promise<Bench> {
  await using opened = new AsyncDisposableStack()
  const broker = opened.use(await startBroker())
  const said = new Heard<Said>()
  const ear = await connectAsync(broker.url, { clientId: 'ear', reconnectPeriod: 20 })
  opened.defer(() => ear.endAsync(true))
  ear.on('message', (topic, payload, { retain }) => {
    const [, device = '', channel = ''] = topic.split('/')
    if (channel !== 'commands') said.hear({ device, channel, retain, text: payload.toString(), json: read(payload) })
  })
  await ear.subscribeAsync('hydrocore/#', { qos: 1 })
  const panel = opened.use(await startDevices({ brokerUrl: broker.url, speed: 40, ...options }))
  const changes = new Heard<Device>()
  panel.subscribe(changes.hear)

  const sendRaw = async (device: string, payload: string | Buffer) => {
    await ear.publishAsync(`hydrocore/${device}/commands`, payload, { qos: 1 })
  }
  const results = said.all
  const isResult = (commandId: string) => (each: Said) =>
    each.channel === 'results' && each.json.commandId === commandId
  const held = opened.move()
  return {
    broker,
    panel,
    said,
    changes,
    sendRaw,
    async send(device, command, over = {}) {
      const commandId = `cmd_${randomUUID()}`
      const requestedAt = new Date().toISOString()
      const expiresAt = new Date(Date.now() + 60_000).toISOString()
      const message = { commandId, command, requestedAt, expiresAt, ...over }
      await sendRaw(device, JSON.stringify(message))
      return message.commandId
    },
    resultsOf: (commandId) => results.filter(isResult(commandId)),
    result: (commandId, state) => said.find((each) => isResult(commandId)(each) && each.json.state === state),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

function read(payload: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(payload.toString())
  } catch {
    return {}
  }
}
