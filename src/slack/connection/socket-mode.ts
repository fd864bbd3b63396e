import type { Server } from 'node:http'
import { SocketModeReceiver } from '@slack/bolt'
import { z } from 'zod'
import { createPoller, type Poller } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import { slackLogger } from '../platform/clients.ts'
import { SlackRefusedError } from '../platform/errors.ts'
import { slackReason } from '../platform/platform-errors.ts'
import type { Route } from '../platform/workspaces.ts'
import { portOf, servePages, stopServing } from './http-server.ts'
import type { Transport } from './transport.ts'

type SocketModeClient = SocketModeReceiver['client']

/** Bolt's own shutdown may hang on an open socket; after this the process goes on without it. */
const STOP_WITHIN_MS = 2_000

/** Reconnecting takes seconds; a connection that is down for longer won't come back by itself. */
const DOWN_FOR_MS = 120_000

export type SocketTimes = {
  /** A silent connection is closed after this, and the next attempt is made as long after that. */
  pingTimeoutMs?: number
  /** The connection is restarted after being down for this long. */
  downForMs?: number
}

/** We call Slack and hold a WebSocket open. With a port, pages are served beside it. */
export function socketMode(
  { appToken, port, ...times }: { appToken: string; port: number | null } & SocketTimes,
  apiUrl: string | null,
  pages: readonly Route[],
  logger: Logger,
): Transport {
  const { pingTimeoutMs = 5_000, downForMs = DOWN_FOR_MS } = times
  const receiver = new SocketModeReceiver({
    appToken,
    // A new object each time: Socket Mode modifies the options it's given.
    installerOptions: { clientOptions: apiUrl ? { slackApiUrl: apiUrl } : {} },
    clientPingTimeout: pingTimeoutMs,
    logger: slackLogger(logger),
    // Not acknowledged after an internal error, so that Slack redelivers the event.
    async processEventErrorHandler({ error }) {
      logger.error({ err: error }, 'an event could not be taken in')
      return false
    },
  })
  const { client } = receiver
  guardFrames(client, logger)
  const watch = watchOver(client, downForMs, logger)
  let server: Server | null = null
  return {
    receiver,
    async listen() {
      if (port !== null) server = await servePages(pages, port)
    },
    async connect(signal) {
      await untilAborted(signal, connect(client))
      watch.start()
    },
    isConnected: () => client.websocket?.isActive() ?? false,
    port: () => (server ? portOf(server) : null),
    async close() {
      await watch[Symbol.asyncDispose]()
      await within(STOP_WITHIN_MS, client.disconnect())
      if (server) await stopServing(server, STOP_WITHIN_MS)
    },
  }
}

async function connect(client: SocketModeClient): Promise<void> {
  await client.start().catch((error: unknown) => {
    const reason = slackReason(error)
    throw reason ? new SlackRefusedError(reason, { cause: error }) : error
  })
}

const Frame = z.object({
  envelope_id: z.string(),
  payload: z.looseObject({ type: z.string().optional() }).nullish().catch(null),
})

/**
 * On an envelope without an event, such as the one that reports rate-limited events, the client throws where nobody
 * catches. It's logged here and acknowledged, so that it isn't sent again.
 */
function guardFrames(client: SocketModeClient, logger: Logger): void {
  const readers = client.listeners('ws_message')
  client.removeAllListeners('ws_message')
  client.on('ws_message', async (data: unknown, isBinary: unknown) => {
    try {
      for (const read of readers) await read(data, isBinary)
    } catch (error) {
      const frame = Frame.safeParse(JSON.parse(String(data)))
      const { envelope_id, payload } = frame.data ?? {}
      if (payload?.type === 'app_rate_limited')
        logger.error({ minute: payload.minute_rate_limited }, 'Slack holds events back: more than 30,000 in an hour')
      else logger.warn({ err: error, type: payload?.type }, 'a frame of Socket Mode could not be read')
      if (envelope_id) client.websocket?.send(JSON.stringify({ envelope_id }), () => undefined)
    }
  })
}

/**
 * The client reconnects by itself, but stops silently and for good when Slack rejects it once while reconnecting. Then,
 * and whenever the connection stays down, it's restarted.
 */
function watchOver(client: SocketModeClient, downForMs: number, logger: Logger): Poller {
  let lastUp = Date.now()
  return createPoller({
    name: 'the Slack connection',
    everyMs: downForMs / 4,
    logger,
    async run(signal) {
      if (client.websocket?.isActive()) {
        lastUp = Date.now()
        return
      }
      if (Date.now() - lastUp < downForMs) return
      logger.error({ since: new Date(lastUp) }, 'the Slack connection stayed away; it is begun anew')
      lastUp = Date.now()
      await within(STOP_WITHIN_MS, client.disconnect())
      await within(downForMs, untilAborted(signal, connect(client)), (error) =>
        logger.error({ err: error }, 'the Slack connection could not be begun anew yet'),
      )
    },
  })
}

/** Waits for the work up to a limit; `failed` handles its errors. */
async function within(
  ms: number,
  work: Promise<unknown>,
  failed: (error: unknown) => void = () => undefined,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work.catch(failed), promise])
  clearTimeout(timer)
}

async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}
