import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { LIMITS } from './limits.ts'
import { respondInto } from './people/responding.ts'
import { PlatformError } from './platform-error.ts'
import type { World } from './state/world.ts'

const RESPONSE_LIMIT_BYTES = 1024 * 1024
/** The largest file, and room for the form around it. */
const UPLOAD_LIMIT_BYTES = LIMITS.file.bytes + 64 * 1024

/** What the app uses besides the Web API: `response_url`s, upload addresses, private files and permalinks. */
export function createAppRoutes(world: World): Hono {
  const app = new Hono()

  app.post('/respond/:id', bodyLimit({ maxSize: RESPONSE_LIMIT_BYTES }), async (c) => {
    const target = world.responseUrls.use(c.req.param('id'))
    if (typeof target === 'string') return c.json({ ok: false, error: target }, 404)
    try {
      respondInto(world, target, await c.req.json().catch(() => null))
      return c.text('ok')
    } catch (error) {
      if (error instanceof PlatformError) return c.json({ ok: false, error: error.code, ...error.details }, 400)
      throw error
    }
  })

  app.post('/upload/:id', bodyLimit({ maxSize: UPLOAD_LIMIT_BYTES }), async (c) => {
    const file = world.files.find(c.req.param('id'))
    if (!file || file.isComplete) return c.text('This upload address is not valid.', 404)
    const content = await uploaded(c)
    await world.files.put(file.id, content)
    return c.text(`OK - ${content.byteLength}`)
  })

  app.get('/files/:id/:name', async (c) => {
    const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    if (world.installation.faultOf(token)) return c.redirect('/')
    const file = world.files.find(c.req.param('id'))
    const content = file?.isComplete ? await world.files.content(file.id) : null
    return content ? c.body(Uint8Array.from(content)) : c.notFound()
  })

  app.get('/archives/:channel/:message', (c) =>
    c.redirect(`/?channel=${c.req.param('channel')}&message=${c.req.param('message')}`),
  )
  return app
}

/** Bytes as such, or the one file of a form, as the client of the app sends it. */
async function uploaded(c: Context): Promise<Uint8Array> {
  if (!c.req.header('content-type')?.startsWith('multipart/form-data')) {
    return new Uint8Array(await c.req.arrayBuffer())
  }
  for (const value of Object.values(await c.req.parseBody())) {
    if (value instanceof File) return new Uint8Array(await value.arrayBuffer())
  }
  return new Uint8Array()
}
