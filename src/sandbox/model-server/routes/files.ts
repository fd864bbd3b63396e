import { Hono } from 'hono'
import { ApiError } from '../api-error.ts'
import type { Files } from '../files.ts'
import { boundaryOf, readMultipart } from '../multipart.ts'
import { pageOf } from '../paging.ts'
import type { Env } from './door.ts'

const MAX_FIELD_BYTES = 4 * 1024
/** OpenAI lists files in pages this long unless told otherwise. */
const FILES_A_PAGE = 10_000

async function readField(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_FIELD_BYTES) throw new ApiError(400, 'A field of the form is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `/files`: uploads go to disk as they come in; what is not fit for its purpose is refused with its lines. */
export function fileRoutes(files: Files): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/', async (c) => {
    const boundary = boundaryOf(c.req.header('content-type'))
    if (boundary === null) throw new ApiError(400, 'Files are uploaded as multipart/form-data.')
    const chunks = c.env.incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
    let received: { path: string; bytes: number; filename: string } | null = null
    try {
      let purpose: string | null = null
      for await (const part of readMultipart(chunks, boundary)) {
        if (part.name === 'purpose') purpose = await readField(part.body)
        else if (part.name === 'file' && part.filename !== null && !received) {
          received = { ...(await files.receive(part.body)), filename: part.filename }
        }
      }
      if (!received) throw new ApiError(400, "'file' is a required property.", { param: 'file' })
      if (purpose === null) throw new ApiError(400, "'purpose' is a required property.", { param: 'purpose' })
      return c.json(await files.keep(received, received.filename, purpose))
    } catch (error) {
      if (received) await files.discard(received)
      throw error
    }
  })
  app.get('/', (c) => {
    const { purpose, order, after, limit } = c.req.query()
    const found = files.list().filter((file) => purpose === undefined || file.purpose === purpose)
    return c.json(pageOf(order === 'asc' ? found.reverse() : found, { after, limit }, FILES_A_PAGE))
  })
  app.get('/:id', (c) => c.json(files.get(c.req.param('id'))))
  app.get('/:id/content', (c) => {
    const file = files.get(c.req.param('id'))
    return c.body(files.read(file.id), 200, {
      'content-type': 'application/octet-stream',
      'content-length': String(file.bytes),
    })
  })
  app.delete('/:id', async (c) => {
    const id = c.req.param('id')
    await files.remove(id)
    return c.json({ id, object: 'file', deleted: true })
  })
  return app
}
