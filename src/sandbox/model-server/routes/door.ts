import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { z } from 'zod'
import { ApiError } from '../api-error.ts'
import type { Fault } from '../faults.ts'

/** What every route finds in its context. */
export type Env = { Bindings: HttpBindings; Variables: { fault: Fault | null; noteModel: (model: string) => void } }

/** Longer requests than this are no chats and no jobs; files have a door of their own. */
const MAX_BODY_BYTES = 8 * 1024 * 1024

async function readText(c: Context<Env>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of c.env.incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new ApiError(413, `The request is larger than ${MAX_BODY_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Reads a JSON body by a schema; what does not fit is a 400 that names the field. */
export async function readBody<T>(c: Context<Env>, schema: z.ZodType<T>): Promise<T> {
  let body: unknown
  try {
    body = JSON.parse(await readText(c))
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw new ApiError(400, 'We could not parse the JSON body of your request.')
  }
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  const param = issue?.path.join('.') ?? ''
  throw new ApiError(400, `Invalid '${param}': ${issue?.message ?? 'not as expected'}.`, {
    param,
    code: issue?.code === 'invalid_type' ? 'invalid_type' : 'invalid_value',
  })
}

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i

/**
 * Lets in who names the key, on this machine's own address: a page that reaches the port under another name
 * (DNS rebinding) is turned away.
 */
export const checkKey = (apiKey: string) =>
  createMiddleware<Env>(async (c, next) => {
    if (!LOCAL_HOST.test(c.req.header('host') ?? '')) throw new ApiError(403, 'This server answers on 127.0.0.1 only.')
    const given = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1]
    if (given === undefined) {
      throw new ApiError(401, "You didn't provide an API key. Send it as Authorization: Bearer YOUR_KEY.")
    }
    if (given !== apiKey) throw new ApiError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' })
    await next()
  })
