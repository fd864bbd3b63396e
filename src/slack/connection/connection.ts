import { App, type ReceiverEvent } from '@slack/bolt'
import { z } from 'zod'
import type { Logger } from '../../lib/logger.ts'
import { slackLogger } from '../platform/clients.ts'
import { parseWorkspaceRef } from '../platform/payloads.ts'
import type { Access, Workspace } from '../platform/workspaces.ts'
import { type Claim, claimBeforeAck } from './claim-before-ack.ts'
import { healthPages } from './health.ts'
import { httpMode } from './http-mode.ts'
import { guarded } from './http-server.ts'
import type { OAuthConfig } from './oauth.ts'
import { type SocketTimes, socketMode } from './socket-mode.ts'
import type { Transport } from './transport.ts'

export type SlackConfig = {
  /** One workspace by its token, or each workspace that installs the app. */
  access: { kind: 'token'; botToken: string } | ({ kind: 'oauth' } & OAuthConfig)
  /** Null for Slack itself. */
  apiUrl: string | null
  transport:
    | ({
        kind: 'socket'
        appToken: string /** For pages alone; null serves none. */
        port: number | null
      } & SocketTimes)
    | { kind: 'http'; signingSecret: string; port: number }
}

export type Connection = {
  app: App
  /** Resolves when Slack has accepted us and events may arrive. */
  start(signal: AbortSignal): Promise<void>
  /** Stops the intake: no new events arrive afterwards. */
  stop(): Promise<void>
  port(): number | null
}

type ConnectionParts = {
  access: Access
  /** Stores a question before Bolt acknowledges it. */
  claim: (body: object, workspace: Workspace) => Promise<Claim>
  /** Whether the database answers, for the health check. */
  isStoreThere: () => Promise<boolean>
  logger: Logger
}

/**
 * Bolt with a receiver and authorization of our own: Bolt's remembers a failed `auth.test` and then drops every event
 * until a restart.
 */
export function createConnection(
  { apiUrl, transport }: Pick<SlackConfig, 'apiUrl' | 'transport'>,
  { access, claim, isStoreThere, logger }: ConnectionParts,
): Connection {
  let isOpen = false
  const checks = {
    slack: () => isOpen && line.isConnected(),
    database: isStoreThere,
  }
  const pages = [...healthPages(checks), ...access.pages].map((page) => guarded(page, logger))
  const line: Transport =
    transport.kind === 'http' ? httpMode(transport, pages, logger) : socketMode(transport, apiUrl, pages, logger)
  /** Found when a payload is claimed; Bolt's authorization needs it once more. */
  const arrivedFor = new WeakMap<object, Workspace>()

  async function claimArrival(body: ReceiverEvent['body']): Promise<Claim> {
    if (isFarewell(body)) return 'pass'
    const place = parseWorkspaceRef(body)
    if (!place || !isForBolt(body)) {
      logger.warn({ type: body?.type, team: place?.team }, 'a payload that is no event, click or command was dropped')
      return 'drop'
    }
    const workspace = await access.find(place)
    if (!workspace) return 'drop'
    arrivedFor.set(body, workspace)
    return claim(body, workspace)
  }

  const app = new App({
    receiver: claimBeforeAck(line.receiver, claimArrival, logger),
    authorize: async (_, body) => {
      const workspace = arrivedFor.get(body ?? {})
      if (!workspace) throw new Error('a payload reached Bolt without being claimed')
      const { token, botUserId, botId, team } = workspace
      return { botToken: token, botUserId, botId, teamId: team }
    },
    clientOptions: apiUrl ? { slackApiUrl: apiUrl } : {},
    logger: slackLogger(logger),
    convoStore: false,
    extendedErrorHandler: true,
  })
  // Listeners report their own failures to the person; what arrives here is a bug.
  app.error(async ({ error, context }: { error: unknown; context: { teamId?: string } }) => {
    logger.error({ err: error, team: context.teamId }, 'a Slack listener failed')
  })

  return {
    app,
    port: line.port,
    async start(signal) {
      await line.listen()
      await access.open(signal)
      await line.connect(signal)
      isOpen = true
    },
    async stop() {
      isOpen = false
      await line.close()
    },
  }
}

const Farewell = z.object({ event: z.object({ type: z.enum(['app_uninstalled', 'tokens_revoked']) }) })

/** These events may arrive after the installation is gone; Bolt skips authorization for them too. */
function isFarewell(body: unknown): boolean {
  return Farewell.safeParse(body).success
}

/** Only payloads Bolt recognises: it never acknowledges others, and Slack would keep redelivering them. */
function isForBolt(body: ReceiverEvent['body']): boolean {
  const kinds = ['shortcut', 'message_action', 'view_submission', 'view_closed', 'block_suggestion']
  const isEvent = typeof body.event === 'object' && body.event !== null
  return isEvent || typeof body.command === 'string' || Array.isArray(body.actions) || kinds.includes(body.type)
}
