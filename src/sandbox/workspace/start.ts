import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { announceLeaving } from './announcing.ts'
import { createAppRoutes } from './app-routes.ts'
import { createAppLink } from './delivery/app-link.ts'
import { createHttpPush } from './delivery/http-push.ts'
import { createSockets } from './delivery/sockets.ts'
import { guard, isOurs } from './guard.ts'
import { createHub, type Hub, type Member } from './hub.ts'
import { createCallLog } from './methods/calls.ts'
import { createFaults } from './methods/faults.ts'
import { createRates } from './methods/rates.ts'
import { createMethods } from './methods/table.ts'
import { createOAuth } from './oauth.ts'
import type { Timing, Workspace, WorkspaceOptions } from './options.ts'
import { createPageApi } from './page-api.ts'
import { openWorld } from './state/open-world.ts'
import { CHANNELS, directMessageId, PEOPLE, SECRETS, TEAM } from './state/seed.ts'
import { createAnswering, createWebApi } from './web-api.ts'

/** Slack's own times. */
const TIMING: Timing = {
  ackTimeoutMs: 3_000,
  retryDelaysMs: [0, 60_000, 300_000],
  triggerLifetimeMs: 3_000,
  streamLifetimeMs: 5 * 60_000,
  statusLifetimeMs: 2 * 60_000,
  saveDelayMs: 250,
}

/** Starts a stand-in for one Slack workspace on this machine, for the real app, the page and the tests. */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const log = options.log ?? (() => {})
  const timing = { ...TIMING, ...options.timing }

  const waiting: (() => void)[] = []
  const reachable = (connected: boolean) => {
    world.news.tellAll({ type: 'app', connected })
    if (!connected) return
    app.flush()
    for (const resolve of waiting.splice(0)) resolve()
  }
  const hub = options.besides?.hub ?? createOwnHub(() => `${url}/api/`, log)
  const { sockets } = hub
  let push: ReturnType<typeof createHttpPush> | null = null
  const isConnected = () => push !== null || sockets.isReady()
  const team = options.team ?? TEAM
  const app = createAppLink({
    team,
    transport: () => (push ? { way: 'http', transport: push } : { way: 'socket', transport: sockets }),
    ackTimeoutMs: timing.ackTimeoutMs,
    retryDelaysMs: timing.retryDelaysMs,
    log,
  })
  const { world, saver } = await openWorld(options, {
    app,
    url: () => url,
    host: () => new URL(hub.apiUrl()).origin,
    timing,
    log,
  })

  const faults = createFaults()
  const calls = createCallLog()
  const routes = new Hono()
  routes.use(guard(() => port))
  // Without a referrer at all a browser posts our own form as if it came from nowhere.
  routes.use(secureHeaders({ strictTransportSecurity: false, referrerPolicy: 'same-origin' }))
  const rates = options.rateLimits === false ? null : createRates()
  const answer = createAnswering({ world, methods: hub.methods, faults, rates, record: calls.add })
  hub.join({ world, answer, reachable: () => reachable(isConnected()) })
  routes.route('/api', createWebApi(hub))
  routes.route('/', hub.oauth.routes)
  routes.route('/', createAppRoutes(world))
  routes.route('/', createPageApi(world, options, isConnected))
  if (options.pages) routes.route('/', options.pages)

  const server = createAdaptorServer({ fetch: routes.fetch, createServer }) as Server
  server.on('upgrade', (request, socket, head) => {
    // A caller that hangs up while being turned away is no concern of ours.
    socket.on('error', () => {})
    const mayEnter =
      isOurs(port, request.headers.host, request.headers.origin) && sockets.upgrade(request, socket, head)
    if (!mayEnter) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  const { port, portTaken } = await listen(server, options.port ?? 0)
  const url = `http://127.0.0.1:${port}`
  const unsubscribe = options.devices?.subscribe((device) => world.news.tellAll({ type: 'device', device }))

  return {
    url,
    apiUrl: hub.apiUrl(),
    portTaken,
    hub,
    team,
    botToken: team.botToken,
    ...SECRETS,
    people: { ...PEOPLE, bot: team.botUserId },
    channels: CHANNELS,
    directMessage: directMessageId,
    calls: calls.calls,
    deliveries: app.deliveries,
    settled: app.settled,
    faults,
    redeliver: app.redeliver,
    deliverRaw: app.deliver,
    deliverEvent: app.event,
    async sendTo(target) {
      const next = target === null ? null : createHttpPush(target)
      if (next && !(await next.verify(timing.ackTimeoutMs))) {
        throw new Error(`${target} did not answer the challenge, so no events are sent there.`)
      }
      push = next
      reachable(isConnected())
    },
    redirectTo: hub.oauth.redirectTo,
    uninstall: () => announceLeaving(world),
    sockets,
    connected: () => (isConnected() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    flush: saver.flush,
    async [Symbol.asyncDispose]() {
      unsubscribe?.()
      app.close()
      world.statuses.close()
      world.streams.close()
      if (!options.besides) sockets.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await saver.flush()
    },
  }
}

/** A Slack of this workspace's own; others may come in. */
function createOwnHub(apiUrl: () => string, log: (line: string) => void): Hub {
  const members: Member[] = []
  const oauth = createOAuth(() => members.map(({ world }) => world))
  const sockets = createSockets((connected) => {
    for (const member of members) member.reachable(connected)
  }, log)
  return createHub({ sockets, oauth, members, apiUrl, methods: createMethods(sockets.issueTicket, oauth.exchange) })
}

/** The preferred port, or any free one when it is taken. */
async function listen(server: Server, preferred: number): Promise<{ port: number; portTaken: boolean }> {
  const attempt = (port: number) =>
    new Promise<boolean>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(false) : reject(error)
      server.once('error', failed)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', failed)
        resolve(true)
      })
    })
  const portTaken = !(await attempt(preferred))
  if (portTaken && !(await attempt(0))) throw new Error('No free port was found on 127.0.0.1.')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The workspace does not listen on a port.')
  return { port: address.port, portTaken }
}
