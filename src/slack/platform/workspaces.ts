import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../../lib/logger.ts'
import { createClients, identify, type SlackClients } from './clients.ts'
import { NotInstalledError } from './errors.ts'

/** A workspace that has the app: who we are there, and how we speak there. */
export type Workspace = { team: string; botUserId: string; botId: string; token: string; clients: SlackClients }

/** Where a payload belongs; `organisation` is told only when a whole Enterprise organisation installed the app. */
export type WorkspaceRef = { team: string; organisation: string | null }

export type Workspaces = {
  /** Null when the app is not installed there. Rejects while that cannot be told, so that Slack delivers again. */
  find(place: WorkspaceRef): Promise<Workspace | null>
}

/** How we come into workspaces: by the token of one, or into each that installs the app. */
export type Access = Workspaces & {
  /** What is served to who installs the app. */
  pages: readonly Route[]
  /** Every workspace that has the app, where we know it. */
  teams(): Promise<readonly string[]>
  /** Resolves when what we need of Slack and of the store is there. Waits while Slack cannot be reached. */
  open(signal: AbortSignal): Promise<void>
  /** The app was taken out of a workspace, at the moment Slack says; null when it does not. */
  leave(place: WorkspaceRef, at: Date | null): Promise<void>
}

/** The clients for what belongs to this workspace. Rejects with {@link NotInstalledError} when it has gone. */
export type ClientsOf = (team: string) => Promise<SlackClients>

export function createClientsOf(workspaces: Workspaces): ClientsOf {
  return async (team) => {
    const workspace = await workspaces.find({ team, organisation: null })
    if (!workspace) throw new NotInstalledError(team)
    return workspace.clients
  }
}

/** The one workspace of a fixed token: whatever comes is for it. */
export function tokenAccess(token: string, apiUrl: string | null, logger: Logger): Access {
  const clients = createClients(token, apiUrl, logger)
  let workspace: Workspace | null = null
  return {
    pages: [],
    async find() {
      if (!workspace) throw new Error('Slack has not told us yet who we are')
      return workspace
    },
    teams: async () => (workspace ? [workspace.team] : []),
    async open(signal) {
      workspace = { ...(await identify(clients.interactive, logger, signal)), token, clients }
    },
    async leave({ team }) {
      logger.error({ team }, 'Slack says that the app was uninstalled; install it again and set SLACK_BOT_TOKEN anew')
    },
  }
}

/** Something a browser or a load balancer asks for with GET. */
export type Route = {
  path: string
  handler(request: IncomingMessage, response: ServerResponse): Promise<void>
}
