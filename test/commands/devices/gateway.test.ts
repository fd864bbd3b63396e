import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  connectGateway,
  type DeviceMessage,
  GatewayOfflineError,
  GatewayRefusedError,
} from '../../../src/commands/devices/gateway.ts'
import { startBroker } from '../../../src/sandbox/broker/broker.ts'
import { startDevices } from '../../../src/sandbox/devices/devices.ts'
import { MOSQUITTO, mosquittoMissing } from '../mosquitto.ts'
import { deviceGatewayContract } from './gateway-contract.ts'
import { Heard } from './heard.ts'

deviceGatewayContract('the embedded broker', { open: () => startBroker(), protocol: 4 })

deviceGatewayContract('Mosquitto', {
  open: async () => ({ url: MOSQUITTO, [Symbol.asyncDispose]: async () => {} }),
  protocol: 5,
  skip: mosquittoMissing ?? undefined,
})

describe('brokers that are difficult', () => {
  const command = () => ({
    commandId: 'cmd_1',
    device: 'HC5000-T-0001',
    command: 'CLEAN_TURB',
    requestedAt: new Date(),
    expiresAt: new Date(Date.now() + 60_000),
  })

  it('finds the older protocol of one that hangs up on MQTT 5 without a word', async () => {
    await using broker = await startBroker()
    const levels: number[] = []
    await using front = await serve((client) => {
      client.once('data', (connect) => {
        levels.push(connectLevel(connect))
        if (connectLevel(connect) === 5) return client.destroy()
        const behind = createConnection({ port: broker.port, host: '127.0.0.1' })
        behind.write(connect)
        client.pipe(behind).pipe(client)
        behind.on('error', () => client.destroy())
      })
    })
    await using gateway = await connectGateway({ ...front, clientId: 'g', reconnectMs: 10, ...quiet() })
    const states = new Heard<string>()
    gateway.onState(states.hear)
    states.hear(gateway.state())
    await states.find((state) => state === 'connected')
    expect(levels).toEqual([5, 4])
  })

  it('says that nothing was sent when an MQTT 5 broker refuses the command', async () => {
    const NOT_AUTHORIZED = 0x87
    await using broker = await serveMqtt5((id) => [0x40, 3, ...id, NOT_AUTHORIZED])
    await using gateway = await connectGateway({ ...broker, clientId: 'g', ...quiet() })
    expect(gateway.state()).toBe('connected')
    await expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayRefusedError)
  })

  it('tells the time a command has left to an MQTT 5 broker', async () => {
    const published = new Heard<Buffer>()
    await using broker = await serveMqtt5((id, publish) => {
      published.hear(publish)
      return [0x40, 2, ...id]
    })
    await using gateway = await connectGateway({ ...broker, clientId: 'g', ...quiet() })
    await gateway.send(command())
    const MESSAGE_EXPIRY_INTERVAL = 2
    const expiry = Buffer.from([5, MESSAGE_EXPIRY_INTERVAL, 0, 0, 0, 60])
    expect((await published.count(1))[0]?.includes(expiry)).toBe(true)
  })

  it('keeps trying one that refuses the password, and logs it once', async () => {
    const attempts = new Heard<number>()
    await using broker = await serve((client) => {
      client.once('data', (connect) => {
        attempts.hear(connectLevel(connect))
        client.end(Buffer.from([0x20, 3, 0, 0x86, 0]))
      })
    })
    const { logger, lines } = quiet()
    await using gateway = await connectGateway({
      ...broker,
      clientId: 'g',
      username: 'u',
      password: 'x',
      reconnectMs: 5,
      logger,
    })
    expect(await attempts.count(4)).toEqual([5, 5, 5, 5])
    expect(gateway.state()).toBe('connecting')
    await expect(gateway.send(command())).rejects.toBeInstanceOf(GatewayOfflineError)
    expect(lines.all.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  it('does not wait for one that accepts and says nothing', async () => {
    await using broker = await serve(() => {})
    await using gateway = await connectGateway({ ...broker, clientId: 'g', connectTimeoutMs: 20, ...quiet() })
    expect(gateway.state()).toBe('connecting')
  })
})

it('and the simulated units understand each other, though neither knows the other', async () => {
  const UNIT = 'HC5000-A-1138'
  await using broker = await startBroker()
  await using gateway = await connectGateway({ url: broker.url, clientId: 'g', ...quiet() })
  const heard = new Heard<DeviceMessage>()
  gateway.subscribe(heard.hear)
  await using panel = await startDevices({ brokerUrl: broker.url, speed: 40 })
  await heard.count(5, ({ kind }) => kind === 'status')

  const send = async (command: string) => {
    const requestedAt = new Date()
    const expiresAt = new Date(requestedAt.getTime() + 60_000)
    const commandId = `cmd_${command}_${panel.received.length}`
    await gateway.send({ commandId, device: UNIT, command, requestedAt, expiresAt })
    return commandId
  }
  const result = (commandId: string, state: string) =>
    heard.find((each) => each.kind === 'result' && each.commandId === commandId && each.state === state)
  expect(await result(await send('CLEAN_TURB'), 'succeeded')).toMatchObject({
    device: UNIT,
    message: expect.stringMatching(/^Cleaning cycle done: turbidity/),
  })
  expect(await heard.find(({ kind }) => kind === 'event')).toMatchObject({ code: 'E-02', state: 'cleared' })
  await result(await send('REBOOT_COMM'), 'accepted')
  const statuses = await heard.count(3, (each) => each.kind === 'status' && each.device === UNIT)
  expect(statuses).toMatchObject([{ online: true, firmware: '5.4.1' }, { online: false }, { online: true }])
  expect(heard.all.filter(({ kind }) => kind === 'unreadable')).toEqual([])

  panel.act(UNIT, { action: 'behave', behaviour: 'garbage' })
  await send('CLEAN_TURB')
  expect(await heard.count(3, ({ kind }) => kind === 'unreadable')).toHaveLength(3)
})

function quiet() {
  const lines = new Heard<{ level: string; text: unknown }>()
  const log = (level: string) => (_details: unknown, text?: string) => lines.hear({ level, text })
  return { lines, logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') } }
}

async function serve(onConnection: (client: Socket) => void): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A broker of a few bytes that says yes to everything but answers a command as the test says. */
function serveMqtt5(onPublish: (packetId: readonly number[], packet: Buffer) => number[]) {
  return serve((client) =>
    client.on('data', (packet) => {
      const kind = packet.readUInt8(0) >> 4
      if (kind === 1) client.write(Buffer.from([0x20, 3, 0, 0, 0]))
      if (kind === 8) client.write(Buffer.from([0x90, 6, packet.readUInt8(2), packet.readUInt8(3), 0, 1, 1, 1]))
      if (kind === 3) {
        const topicAt = packet.readUInt8(1) < 128 ? 2 : 3
        const idAt = topicAt + 2 + packet.readUInt16BE(topicAt)
        client.write(Buffer.from(onPublish([packet.readUInt8(idAt), packet.readUInt8(idAt + 1)], packet)))
      }
    }),
  )
}

/** The protocol's level stands behind its name in the first packet. */
function connectLevel(connect: Buffer): number {
  return connect.readUInt8(connect.indexOf('MQTT') + 4)
}
