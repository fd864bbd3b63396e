import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'

export type Broker = AsyncDisposable & {
  url: string
  port: number
  /** The port that was asked for, when something else has it and a free one was taken instead. */
  portTaken: number | null
  /** Cuts every connection, as a network does; clients may come back at once. */
  dropConnections(): void
  /** Cuts every connection and accepts none until `start`. Sessions and retained messages are kept. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** It listens here only: a stand-in is nobody else's business. */
const HOST = '127.0.0.1'

/** An MQTT 3.1.1 broker in this process, in memory. Without a port, or when that port is taken, it picks a free one. */
export async function startBroker(
  options: { port?: number | undefined; log?: ((text: string) => void) | undefined } = {},
): Promise<Broker> {
  const { port: wanted = 0, log = () => {} } = options
  const aedes = await Aedes.createBroker()
  aedes.on('clientError', (client, error) => log(`${client.id}: ${error.message}`))
  // A client that tries MQTT 5 first ends here once and comes back with 3.1.1.
  aedes.on('connectionError', (_client, error) => log(`a connection was refused: ${error.message}`))

  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    aedes.handle(socket)
  })
  const isTaken = !(await listen(server, wanted))
  if (isTaken) await listen(server, 0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the broker has no port')
  const { port } = address

  const dropConnections = () => {
    for (const socket of sockets) socket.destroy()
  }
  const stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    dropConnections()
    await closed
  }
  const shut = async () => {
    await stop()
    await new Promise<void>((resolve) => aedes.close(resolve))
  }
  let closing: Promise<void> | null = null
  const close = () => {
    closing ??= shut()
    return closing
  }
  return {
    url: `mqtt://${HOST}:${port}`,
    port,
    portTaken: isTaken ? wanted : null,
    dropConnections,
    stop,
    async start() {
      if (server.listening || closing) return
      if (!(await listen(server, port))) throw new Error(`port ${port} was taken while the broker was stopped`)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Whether the port could be had; any other fault is thrown. */
async function listen(server: Server, port: number): Promise<boolean> {
  try {
    server.listen(port, HOST)
    await once(server, 'listening')
    return true
  } catch (error) {
    if (port !== 0 && error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
}
