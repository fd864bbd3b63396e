import type { Server } from 'node:http'
import { App, HTTPReceiver, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { Logger } from '../lib/logger.ts'
import { type Claim, claimInFront } from './claiming.ts'
import { type Identity, identify, type SlackClients, slackLogger } from './clients.ts'

export type SlackConfig = {
  botToken: string
  /** Null for Slack itself. */
  apiUrl: string | null
  transport: { kind: 'socket'; appToken: string } | { kind: 'http'; signingSecret: string; port: number }
}

/** Bolt's own clean-up may hang on open sockets; after this we cut them. */
const STOP_WITHIN_MS = 2_000

export type Connection = {
  app: App
  /** Who we are in Slack; waits until Slack has told us. */
  identity: () => Identity
  /** Resolves when Slack has accepted us and events may come. */
  start(signal: AbortSignal): Promise<void>
  /** Stops the intake: nothing new arrives after it. */
  stop(): Promise<void>
}

/**
 * Bolt with a receiver of our own. Authorization is ours too: Bolt's own remembers a failed `auth.test` and then drops
 * every event until a restart. The receiver gets its own client options, since Socket Mode rewrites the ones it is given.
 */
export function createConnection(
  config: SlackConfig,
  clients: SlackClients,
  claim: (body: unknown) => Promise<Claim>,
  logger: Logger,
): Connection {
  let identity: Identity | null = null
  const whoWeAre = () => {
    if (!identity) throw new Error('Slack has not told us yet who we are')
    return identity
  }
  const receiver = claimInFront(createReceiver(config, logger), claim)
  const app = new App({
    receiver,
    authorize: async () => {
      const { team, botUserId, botId } = whoWeAre()
      return { botToken: config.botToken, botUserId, botId, teamId: team }
    },
    clientOptions: config.apiUrl ? { slackApiUrl: config.apiUrl } : {},
    logger: slackLogger(logger),
    convoStore: false,
    extendedErrorHandler: true,
  })
  // Every listener tells the person itself; what arrives here is a fault of ours.
  app.error(async ({ error, context }: { error: unknown; context: { teamId?: string } }) => {
    logger.error({ err: error, team: context.teamId }, 'a Slack listener failed')
  })
  let server: Server | null = null
  return {
    app,
    identity: whoWeAre,
    async start(signal) {
      identity = await identify(clients.interactive, logger, signal)
      const started: unknown =
        config.transport.kind === 'http' ? await app.start(config.transport.port) : await app.start()
      if (config.transport.kind === 'http') server = started as Server
    },
    async stop() {
      await within(STOP_WITHIN_MS, stopReceiver(receiver))
      server?.closeAllConnections()
    },
  }
}

function createReceiver({ transport, apiUrl }: SlackConfig, logger: Logger): Receiver {
  // Not acknowledged after a fault of ours: Slack delivers the event again.
  const processEventErrorHandler = async ({ error }: { error: unknown }) => {
    logger.error({ err: error }, 'an event could not be taken in')
    return false
  }
  if (transport.kind === 'http')
    return new HTTPReceiver({
      signingSecret: transport.signingSecret,
      port: transport.port,
      endpoints: ['/slack/events'],
      logger: slackLogger(logger),
      processEventErrorHandler,
    })
  return new SocketModeReceiver({
    appToken: transport.appToken,
    installerOptions: { clientOptions: apiUrl ? { slackApiUrl: apiUrl } : {} },
    logger: slackLogger(logger),
    processEventErrorHandler,
  })
}

/** `SocketModeReceiver.stop()` does not wait for its disconnect. */
async function stopReceiver(receiver: Receiver): Promise<void> {
  await (receiver instanceof SocketModeReceiver ? receiver.client.disconnect() : receiver.stop())
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work.catch(() => undefined), promise])
  clearTimeout(timer)
}
