import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../../lib/logger.ts'
import { createClients, identify, type SlackClients } from './clients.ts'
import { NotInstalledError } from './errors.ts'

/** A workspace with the app: our identity and our clients there. */
export type Workspace = { team: string; botUserId: string; botId: string; token: string; clients: SlackClients }

/** A payload's workspace; `organisation` is set only for an org-wide installation. */
export type WorkspaceRef = { team: string; organisation: string | null }

export type Workspaces = {
  /** Null when the app isn't installed there. Rejects while that can't be determined, so that Slack redelivers. */
  find(place: WorkspaceRef): Promise<Workspace | null>
}

/** Access to workspaces: to one by its token, or to each that installs the app. */
export type Access = Workspaces & {
  /** The pages for installing the app. */
  pages: readonly Route[]
  /** Every workspace known to have the app. */
  teams(): Promise<readonly string[]>
  /** Resolves when Slack and the store are ready. Waits while Slack can't be reached. */
  open(signal: AbortSignal): Promise<void>
  /** The app was uninstalled at this time; null when Slack doesn't say. */
  leave(place: WorkspaceRef, at: Date | null): Promise<void>
}

/** The clients for a workspace. Rejects with {@link NotInstalledError} once the app is uninstalled there. */
export type ClientsOf = (team: string) => Promise<SlackClients>

export function createClientsOf(workspaces: Workspaces): ClientsOf {
  return async (team) => {
    const workspace = await workspaces.find({ team, organisation: null })
    if (!workspace) throw new NotInstalledError(team)
    return workspace.clients
  }
}

/** The one workspace of a fixed token: every payload is for it. */
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

/** A page for GET requests by browsers or load balancers. */
export type Route = {
  path: string
  handler(request: IncomingMessage, response: ServerResponse): Promise<void>
}
