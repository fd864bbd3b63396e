import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Outcome, Requests, SandboxEvent } from '../page/contract.ts'
import type { WorkspaceOptions } from './options.ts'
import { act, suggest } from './people/acting.ts'
import { command, openHome, shortcut } from './people/commanding.ts'
import { RefusedError, refused } from './people/outcomes.ts'
import { erase, reactTo, rewrite, say } from './people/saying.ts'
import { dismiss, submit } from './people/submitting.ts'
import { DeviceRequest, REQUESTS } from './requests.ts'
import { snapshot } from './snapshot.ts'
import { PEOPLE } from './state/seed.ts'
import type { World } from './state/world.ts'

type Path = keyof typeof REQUESTS
type Handlers = { [P in Path]: (request: Requests[P]) => Outcome | Promise<Outcome> }

const BODY_LIMIT_BYTES = 12 * 1024 * 1024
/** Keeps a silent stream open through anything that closes idle connections. */
const HEARTBEAT_MS = 15_000
const RECONNECT_MS = 300

/** What the page asks of the workspace: `page/contract.ts`, route by route. */
export function createPageApi(world: World, options: WorkspaceOptions, isConnected: () => boolean): Hono {
  const handlers: Handlers = {
    '/sandbox/messages': (request) => say(world, request),
    '/sandbox/messages/edit': (request) => rewrite(world, request),
    '/sandbox/messages/delete': (request) => erase(world, request),
    '/sandbox/commands': (request) => command(world, options.commands, request),
    '/sandbox/shortcuts': (request) => shortcut(world, options.shortcuts, request),
    '/sandbox/reactions': (request) => reactTo(world, request),
    '/sandbox/actions': (request) => act(world, request),
    '/sandbox/views/submit': (request) => submit(world, request),
    '/sandbox/views/close': (request) => dismiss(world, request),
    '/sandbox/home': (request) => openHome(world, request),
    '/sandbox/options': (request) => suggest(world, request),
  }
  const isPerson = (userId: string) => (world.people.get(userId)?.kind ?? 'bot') !== 'bot'
  const unknownPerson = refused('user_not_found', 'There is no such person.')

  const app = new Hono()
  const tooLarge = refused('request_too_large', 'This is more than the sandbox takes at once.')
  app.use('/sandbox/*', bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: (c) => c.json(tooLarge, 413) }))
  app.use('/sandbox/*', async (c, next) => {
    // A form of another site can be posted without asking; JSON cannot.
    if (c.req.method === 'POST' && !c.req.header('content-type')?.startsWith('application/json')) {
      return c.json(refused('invalid_content_type', 'Send JSON.'), 415)
    }
    return next()
  })

  app.get('/sandbox/state', (c) => {
    // A page that opens for the first time does not know who it is yet.
    const userId = c.req.query('user') ?? PEOPLE.technician
    if (!isPerson(userId)) return c.json(unknownPerson, 404)
    return c.json(snapshot(world, userId, isConnected(), options))
  })

  app.get('/sandbox/events', (c) => {
    const userId = c.req.query('user') ?? ''
    if (!isPerson(userId)) return c.json(unknownPerson, 404)
    return streamSSE(c, async (stream) => {
      const write = (event: SandboxEvent) => void stream.writeSSE({ data: JSON.stringify(event) })
      const leave = world.news.subscribe(userId, write)
      const heartbeat = setInterval(() => void stream.write(': still here\n\n'), HEARTBEAT_MS)
      await new Promise<void>((resolve) => {
        stream.onAbort(resolve)
        // The first bytes tell the viewer that nothing is missed from here on, and how soon to come back.
        const first: SandboxEvent = { type: 'app', connected: isConnected() }
        void stream.writeSSE({ data: JSON.stringify(first), retry: RECONNECT_MS })
      })
      clearInterval(heartbeat)
      leave()
    })
  })

  const answer = async <P extends Path>(path: P, body: unknown): Promise<Outcome> => {
    const read = REQUESTS[path].safeParse(body)
    if (!read.success) return refused('invalid_request', z.prettifyError(read.error))
    if (!isPerson(read.data.user)) return unknownPerson
    try {
      return await handlers[path](read.data as Requests[P])
    } catch (error) {
      if (error instanceof RefusedError) return error.outcome
      world.log(`The workspace failed on ${path}: ${error instanceof Error ? error.stack : String(error)}`)
      return refused('internal_error', 'Something went wrong in the sandbox.')
    }
  }
  for (const path of Object.keys(REQUESTS) as Path[]) {
    app.post(path, async (c) => c.json(await answer(path, await c.req.json().catch(() => null))))
  }

  app.post('/sandbox/devices/:id', async (c) => {
    const read = DeviceRequest.safeParse(await c.req.json().catch(() => null))
    if (!read.success) return c.json(refused('invalid_request', z.prettifyError(read.error)))
    const outcome = options.devices?.act(c.req.param('id'), read.data)
    return c.json(outcome ?? refused('no_devices', 'This sandbox has no simulated devices.'))
  })

  app.get('/sandbox/files/:id/:name', async (c) => {
    const file = world.files.find(c.req.param('id'))
    const content = file?.isComplete ? await world.files.content(file.id) : null
    if (!file || !content) return c.text('There is no such file.', 404)
    c.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
    c.header('content-type', 'application/octet-stream')
    return c.body(Uint8Array.from(content))
  })
  return app
}
