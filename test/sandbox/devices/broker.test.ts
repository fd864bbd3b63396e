import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connectAsync } from 'mqtt'
import { expect, it } from 'vitest'
import { startBroker } from '../../../src/sandbox/broker/broker.ts'

it('listens on the port it is given', async () => {
  const first = await startBroker()
  const { port } = first
  await first.close()
  await using again = await startBroker({ port })
  expect(again).toMatchObject({ port, portTaken: null, url: `mqtt://127.0.0.1:${port}` })
})

it('takes a free port when its own is taken, and says which one was', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  await using broker = await startBroker({ port: taken })
  expect(broker.portTaken).toBe(taken)
  expect(broker.port).not.toBe(taken)
  const client = await connectAsync(broker.url)
  await client.endAsync()
  other.close()
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address
it.skipIf(outside === undefined)(
  'cannot be reached from outside (needs a network address to try it from)',
  async () => {
    await using broker = await startBroker()
    await expect(
      connectAsync(`mqtt://${outside}:${broker.port}`, { connectTimeout: 1_000 }, false),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  },
)

it('cuts its connections, which may come back', async () => {
  await using broker = await startBroker()
  const client = await connectAsync(broker.url, { reconnectPeriod: 10 })
  const back = new Promise((resolve) => client.once('connect', resolve))
  broker.dropConnections()
  await back
  await client.endAsync()
})

it('refuses everyone while it is stopped, and keeps what it knew', async () => {
  await using broker = await startBroker()
  const client = await connectAsync(broker.url, { reconnectPeriod: 0 })
  await client.publishAsync('kept', 'yes', { qos: 1, retain: true })
  const gone = new Promise<void>((resolve) => client.once('close', resolve))
  await broker.stop()
  await broker.stop()
  await gone
  await expect(connectAsync(broker.url, {}, false)).rejects.toMatchObject({ code: 'ECONNREFUSED' })

  await broker.start()
  const again = await connectAsync(broker.url)
  const message = new Promise<string>((resolve) => again.once('message', (_topic, text) => resolve(text.toString())))
  await again.subscribeAsync('kept')
  expect(await message).toBe('yes')
  await again.endAsync()
})

it('outlives what is no MQTT', async () => {
  const lines: string[] = []
  await using broker = await startBroker({ log: (text) => lines.push(text) })
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x00\x00\x00', '\x10\xff\xff\xff\xff\xff']) {
    const socket = createConnection({ port: broker.port, host: '127.0.0.1' })
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    socket.write(Buffer.from(bytes, 'latin1'))
    await closed
  }
  const client = await connectAsync(broker.url)
  await client.endAsync()
  expect(lines.length).toBeGreaterThan(0)
})

it('closes once, however often it is asked', async () => {
  const broker = await startBroker()
  await Promise.all([broker.close(), broker.close()])
  await broker.start()
  await expect(connectAsync(broker.url, {}, false)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
