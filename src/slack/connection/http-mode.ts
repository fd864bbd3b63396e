import type { Server } from 'node:http'
import { HTTPReceiver } from '@slack/bolt'
import type { Logger } from '../../lib/logger.ts'
import { slackLogger } from '../platform/clients.ts'
import type { Route } from '../platform/workspaces.ts'
import { listening, portOf, SERVER_OPTIONS, stopServing } from './http-server.ts'
import type { Transport } from './transport.ts'

const STOP_WITHIN_MS = 2_000

/** Slack posts to us. Bolt verifies the signatures and answers Slack's URL verification challenge. */
export function httpMode(
  { signingSecret, port }: { signingSecret: string; port: number },
  pages: readonly Route[],
  logger: Logger,
): Transport {
  const receiver = new HTTPReceiver({
    signingSecret,
    endpoints: ['/slack/events'],
    customRoutes: pages.map(({ path, handler }) => ({ path, method: ['GET', 'HEAD'], handler })),
    logger: slackLogger(logger),
    // Fails at once after an internal error, or before we know who we are, so that Slack redelivers the event.
    async processEventErrorHandler({ error, response }) {
      logger.error({ err: error }, 'an event could not be taken in')
      if (!response.headersSent) response.writeHead(503).end()
      return false
    },
    unhandledRequestHandler({ response }) {
      if (response.headersSent) return
      logger.error('a request of Slack was not acknowledged in time')
      response.writeHead(503).end()
    },
  })
  let server: Server | null = null
  return {
    receiver,
    async listen() {
      server = await listening(port, () => receiver.start(port, SERVER_OPTIONS))
    },
    connect: async () => undefined,
    isConnected: () => server?.listening ?? false,
    port: () => (server ? portOf(server) : null),
    async close() {
      if (server) await stopServing(server, STOP_WITHIN_MS)
    },
  }
}
