import { createLogger } from '../../src/lib/logger.ts'
import type { WorkspaceOptions } from '../../src/sandbox/workspace/options.ts'
import { startWorkspace } from '../../src/sandbox/workspace/start.ts'
import type { Claim } from '../../src/slack/connection/claim-before-ack.ts'
import { type Connection, createConnection, type SlackConfig } from '../../src/slack/connection/connection.ts'
import { type Access, tokenAccess, type Workspace } from '../../src/slack/platform/workspaces.ts'

export type LogLine = Readonly<Record<string, unknown>> & { level: number; msg: string }

/** A logger whose lines a test reads. */
export function readableLog() {
  const lines: LogLine[] = []
  const logger = createLogger('info', { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { logger, lines, said: (words: string) => lines.filter(({ msg }) => msg.includes(words)) }
}

/** One stand-in for Slack, and our connection to it. */
export async function openConnectionFixture(options: Partial<WorkspaceOptions> = {}) {
  await using opened = new AsyncDisposableStack()
  const workspace = opened.use(await startWorkspace({ commands: [], shortcuts: [], rateLimits: false, ...options }))
  const log = readableLog()
  const held = opened.move()
  return {
    workspace,
    log,
    connect(given: ConnectGiven = {}): Connection {
      const { transport = 'http' } = given
      const connection = createConnection(
        {
          apiUrl: workspace.apiUrl,
          transport:
            transport === 'http'
              ? { kind: 'http', signingSecret: workspace.signingSecret, port: given.port ?? 0 }
              : { kind: 'socket', appToken: workspace.appToken, port: given.port ?? null, ...given.times },
        },
        {
          access: given.access ?? tokenAccess(workspace.botToken, workspace.apiUrl, log.logger),
          claim: given.claim ?? (async () => 'pass'),
          isStoreThere: given.isStoreThere ?? (async () => true),
          logger: log.logger,
        },
      )
      held.defer(() => connection.stop())
      return connection
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
type ConnectGiven = {
  transport?: 'http' | 'socket'
  port?: number
  times?: Partial<Extract<SlackConfig['transport'], { kind: 'socket' }>>
  access?: Access
  claim?: (body: object, workspace: Workspace) => Promise<Claim>
  isStoreThere?: () => Promise<boolean>
}

export const eventsOf = (connection: Connection) => `http://127.0.0.1:${connection.port()}/slack/events`

/** Starts and points Slack at it. */
export async function startHttp(
  { workspace }: Pick<Awaited<ReturnType<typeof openConnectionFixture>>, 'workspace'>,
  connection: Connection,
): Promise<string> {
  await connection.start(AbortSignal.timeout(10_000))
  const url = eventsOf(connection)
  await workspace.sendTo(url)
  return url
}
