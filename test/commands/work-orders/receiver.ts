import { once } from 'node:events'
import { createServer } from 'node:http'
import { Heard } from '../devices/heard.ts'

export type Received = { headers: Readonly<Record<string, string | undefined>>; body: string }

/** A company's own system, as far as it takes posts: over real HTTP, on a free port. */
export type Receiver = AsyncDisposable & {
  url: string
  received: Heard<Received>
  /** How it answers from now on; 0 hangs up without a word. */
  answer: number
  stop(): Promise<void>
  start(): Promise<void>
}

export async function openReceiver(): Promise<Receiver> {
  const received = new Heard<Received>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      received.hear({ headers, body: Buffer.concat(chunks).toString() })
      if (receiver.answer === 0) return void request.socket.destroy()
      response.writeHead(receiver.answer, { location: 'http://127.0.0.1:1/elsewhere' }).end('noted')
    })
  })
  let port = 0
  const receiver: Receiver = {
    url: '',
    received,
    answer: 204,
    async stop() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    async start() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    [Symbol.asyncDispose]: () => receiver.stop(),
  }
  await receiver.start()
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  port = address.port
  receiver.url = `http://127.0.0.1:${port}/work-orders`
  return receiver
}
