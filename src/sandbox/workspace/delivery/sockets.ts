import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { APP } from '../state/seed.ts'
import type { Parcel, Reply, Transport } from './parcel.ts'

const Ack = z.object({ envelope_id: z.string(), payload: z.unknown().optional() })

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets'

export type Sockets = Transport & {
  /** A single-use path for `apps.connections.open`. */
  issueTicket(): string
  /** Takes an upgrade request whose ticket is good; says false when it is not ours. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  count(): number
  /** Tells every client to go, as Slack does when it recycles a connection. */
  disconnect(reason: DisconnectReason): void
  /** Breaks every connection without a word, as a failing network does. */
  cut(): void
  close(): void
}

type Pending = { socket: WebSocket; sentAt: number; settle: (reply: Reply) => void }

/** Slack pings often enough that a silent connection is noticed within half a minute. */
const PING_INTERVAL_MS = 10_000
const PATH = '/link/'
/** An ack may carry a whole view; nothing an app answers with is larger. */
const FRAME_LIMIT_BYTES = 1024 * 1024

/** Socket Mode: each envelope goes to one of the connected sockets, in turn. */
export function createSockets(changed: (connected: boolean) => void, log: (line: string) => void): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_LIMIT_BYTES })
  const tickets = new Map<string, number>()
  const open: WebSocket[] = []
  const pending = new Map<string, Pending>()
  let turn = 0

  const leave = (socket: WebSocket) => {
    const index = open.indexOf(socket)
    if (index >= 0) open.splice(index, 1)
    for (const [id, waiting] of pending) {
      if (waiting.socket !== socket) continue
      pending.delete(id)
      waiting.settle({ state: 'connection_failed' })
    }
    if (index >= 0 && open.length === 0) changed(false)
  }
  const hear = (data: string) => {
    const read = Ack.safeParse(parse(data))
    if (!read.success) return log('The app sent a socket frame that is not an acknowledgement; it was ignored.')
    const waiting = pending.get(read.data.envelope_id)
    if (!waiting) return log(`An acknowledgement came too late or twice: ${read.data.envelope_id}.`)
    pending.delete(read.data.envelope_id)
    waiting.settle({ state: 'acked', payload: read.data.payload, afterMs: performance.now() - waiting.sentAt })
  }
  const welcome = (socket: WebSocket) => {
    socket.on('error', (error) => log(`A socket of the app failed: ${error.message}`))
    if (open.length >= LIMITS.socket.connections) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }))
      return socket.close()
    }
    open.push(socket)
    socket.on('message', (data) => hear(String(data)))
    socket.on('close', () => leave(socket))
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: open.length,
        debug_info: { host: 'sandbox', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: APP.id },
      }),
    )
    // The client counts itself connected once it has read the hello; what was queued must come after it.
    if (open.length === 1) changed(true)
  }
  const pings = setInterval(() => {
    for (const socket of open) socket.ping()
  }, PING_INTERVAL_MS)
  pings.unref()

  return {
    isReady: () => open.length > 0,
    count: () => open.length,
    issueTicket() {
      const now = Date.now()
      for (const [old, expiresAt] of tickets) if (expiresAt < now) tickets.delete(old)
      const ticket = randomBytes(24).toString('base64url')
      tickets.set(ticket, now + LIMITS.socket.ticketMs)
      return `${PATH}?ticket=${ticket}&app_id=${APP.id}`
    },
    upgrade(request, socket, head) {
      const address = URL.parse(request.url ?? '/', 'http://sandbox')
      const ticket = address?.searchParams.get('ticket') ?? ''
      const expiresAt = tickets.get(ticket) ?? 0
      tickets.delete(ticket)
      if (address?.pathname !== PATH || expiresAt < Date.now()) return false
      server.handleUpgrade(request, socket, head, welcome)
      return true
    },
    send(parcel, timeoutMs) {
      const socket = open[turn++ % Math.max(open.length, 1)]
      if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve({ state: 'unreachable' })
      const envelopeId = randomUUID()
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          pending.delete(envelopeId)
          resolve({ state: 'timed_out' })
        }, timeoutMs)
        const settle = (reply: Reply) => {
          clearTimeout(timer)
          resolve(reply)
        }
        pending.set(envelopeId, { socket, sentAt: performance.now(), settle })
        socket.send(JSON.stringify(envelope(envelopeId, parcel)))
      })
    },
    disconnect(reason) {
      for (const socket of open) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'sandbox' } }))
      }
    },
    cut() {
      for (const socket of [...open]) socket.terminate()
    },
    close() {
      clearInterval(pings)
      for (const socket of [...open]) socket.terminate()
      for (const waiting of pending.values()) waiting.settle({ state: 'connection_failed' })
      pending.clear()
      server.close()
    },
  }
}

function envelope(envelopeId: string, { kind, payload, acceptsResponse, retry }: Parcel) {
  const common = { envelope_id: envelopeId, type: kind, accepts_response_payload: acceptsResponse, payload }
  if (kind !== 'events_api') return common
  return { ...common, retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? '' }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}
