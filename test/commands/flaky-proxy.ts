import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

export type Line = AsyncDisposable & {
  url: string
  /** Swallows what travels this way while the connection seems to stand. */
  mute(way: 'to broker' | 'to client'): void
  /** Cuts the connections and refuses new ones. */
  cut(): Promise<void>
  /** As good as new; a muted line is heard again by the next connection. */
  restore(): Promise<void>
}

/** A line to a broker that can be cut and muted, whoever it belongs to. */
export async function openLine(brokerUrl: string): Promise<Line> {
  const { hostname, port } = new URL(brokerUrl)
  const sockets = new Set<Socket>()
  const muted = new Set<string>()
  const carry = (from: Socket, to: Socket, way: string) => {
    sockets.add(from)
    from.on('data', (bytes) => {
      if (!muted.has(way)) to.write(bytes)
    })
    from.on('error', () => from.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const server = createServer({ noDelay: true }, (client) => {
    const broker = createConnection({ host: hostname, port: Number(port || 1883), noDelay: true })
    carry(client, broker, 'to broker')
    carry(broker, client, 'to client')
  })
  const listen = async (onPort: number) => {
    server.listen(onPort, '127.0.0.1')
    await once(server, 'listening')
  }
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    mute: (way) => void muted.add(way),
    cut,
    async restore() {
      muted.clear()
      if (!server.listening) await listen(address.port)
    },
    [Symbol.asyncDispose]: cut,
  }
}
