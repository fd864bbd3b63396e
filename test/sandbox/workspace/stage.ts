import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import type { Workspace, WorkspaceOptions } from '../../../src/sandbox/workspace/options.ts'
import { startWorkspace } from '../../../src/sandbox/workspace/start.ts'
import { type Seat, takeSeat } from '../../support/seat.ts'

/** Bolt and its client say much about what these tests provoke on purpose. */
const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}
const once = { retries: 0 }

export type Stage = AsyncDisposable & {
  workspace: Workspace
  /** As the app's bot. */
  client: WebClient
  log: string[]
  seat(userId: string): Promise<Seat>
  /** A real Bolt app over Socket Mode, connected. */
  boltApp(listen: (app: App) => void): Promise<App>
}

/** A workspace with the real client, the real Bolt and people, all closed together. */
export async function openStage(options: Partial<WorkspaceOptions> = {}): Promise<Stage> {
  await using opened = new AsyncDisposableStack()
  const log: string[] = []
  const workspace = opened.use(
    await startWorkspace({
      commands: [{ command: '/diagnose', description: 'Diagnose a code', usageHint: 'CODE [DEVICE]' }],
      shortcuts: [
        { callbackId: 'diagnose_message', name: 'Diagnose this', type: 'message' },
        { callbackId: 'ask_anything', name: 'Ask', type: 'global' },
      ],
      rateLimits: false,
      log: (line) => void log.push(line),
      ...options,
    }),
  )
  const held = opened.move()
  return {
    workspace,
    log,
    client: webClient(workspace),
    async seat(userId) {
      return held.use(await takeSeat(workspace.url, userId))
    },
    async boltApp(listen) {
      const receiver = new SocketModeReceiver({
        appToken: workspace.appToken,
        logger: quiet,
        installerOptions: { clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: once } },
        clientPingTimeout: 1_000,
      })
      const app = new App({ ...appOptions(workspace), receiver })
      listen(app)
      await app.init()
      await app.start()
      held.defer(() => receiver.client.disconnect())
      return app
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

const appOptions = (workspace: Workspace) => ({
  token: workspace.botToken,
  logger: quiet,
  deferInitialization: true,
  clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: once },
})

export const webClient = (workspace: Workspace, token: string = workspace.botToken) =>
  new WebClient(token, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: once,
    logger: quiet,
    rejectRateLimitedCalls: true,
  })

/** A real Bolt app that listens for signed HTTP requests; give its address to `workspace.sendTo`. */
export async function httpApp(workspace: Workspace, listen: (app: App) => void) {
  const receiver = new HTTPReceiver({ signingSecret: workspace.signingSecret, port: 0, logger: quiet })
  const app = new App({ ...appOptions(workspace), receiver })
  listen(app)
  await app.init()
  const server = await app.start(0)
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The Bolt app does not listen.')
  return {
    url: `http://127.0.0.1:${address.port}/slack/events`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await app.stop()
    },
  }
}

/** What the client throws, as Slack's error code. */
export const platformError = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'ok'
  } catch (error) {
    const { data } = error as { data?: { error?: string } }
    if (!data?.error) throw error
    return data.error
  }
}

/** What the client throws, with where Slack says the fault is. */
export const faultsOf = async (call: Promise<unknown>): Promise<readonly string[]> => {
  try {
    await call
    return []
  } catch (error) {
    const { data } = error as { data?: { response_metadata?: { messages?: string[] } } }
    return data?.response_metadata?.messages ?? []
  }
}
