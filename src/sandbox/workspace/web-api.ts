import { setTimeout as wait } from 'node:timers/promises'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Answer, Hub, Member } from './hub.ts'
import type { ApiCall } from './methods/calls.ts'
import type { createFaults, Fault } from './methods/faults.ts'
import { type Method, missingScope } from './methods/method.ts'
import type { Rates } from './methods/rates.ts'
import { PlatformError } from './platform-error.ts'
import { SECRETS } from './state/seed.ts'
import type { World } from './state/world.ts'

type WebApiParts = {
  world: World
  methods: ReadonlyMap<string, Method>
  faults: ReturnType<typeof createFaults>
  rates: Rates | null
  record: (call: ApiCall) => void
}
type Args = Readonly<Record<string, unknown>>

/** Slack refuses larger requests long before this; it only keeps memory flat. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024

/** How one workspace carries out the calls that reach it. */
export function createAnswering({ world, methods, faults, rates, record }: WebApiParts): Member['answer'] {
  async function answer(name: string, args: Args | null, token: string | null): Promise<Answer> {
    if (!args) return refused('invalid_form_data')
    const fault = faults.next(name)
    const delayMs = faults.latencyMs() + (fault?.delayMs ?? 0)
    if (delayMs > 0) await wait(delayMs)
    if (fault && !fault.after) return injected(fault) ?? (await call(name, args, token))
    const result = await call(name, args, token)
    return (fault && injected(fault)) ?? result
  }

  async function call(name: string, args: Args, token: string | null): Promise<Answer> {
    const method = methods.get(name)
    if (!method) return refused('unknown_method', { req_method: name })
    try {
      checkToken(token, method, world)
      const retryAfter = rates?.take(name, method.tier, String(args.channel ?? '')) ?? null
      if (retryAfter !== null) return limited(retryAfter)
      if (method.scope && !world.scopes.has(method.scope)) throw missingScope(world, method.scope)
      const result = await method.call(args, world)
      const accepted = method.scope ? { 'x-accepted-oauth-scopes': method.scope } : {}
      const headers = { 'x-oauth-scopes': [...world.scopes].join(','), ...accepted }
      return { status: 200, headers, body: { ok: true, ...result } }
    } catch (error) {
      if (error instanceof PlatformError) return refused(error.code, error.details)
      world.log(`The workspace failed on ${name}: ${error instanceof Error ? error.stack : String(error)}`)
      return refused('internal_error')
    }
  }

  return async (name, args, token) => {
    const at = Date.now()
    const started = performance.now()
    const answered = await answer(name, args, token)
    const { status, body } = answered
    const isJson = typeof body !== 'string'
    record({
      method: name,
      args: args ?? {},
      at,
      durationMs: performance.now() - started,
      ok: isJson && body.ok === true,
      error: isJson ? (body.ok === true ? null : String(body.error)) : `http_${status}`,
    })
    return answered
  }
}

/** Slack's Web API: `/api/<method>`, form or JSON in, JSON out, almost always with status 200. */
export function createWebApi(hub: Pick<Hub, 'memberOf'>): Hono {
  const app = new Hono()
  app.use(bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: (c) => c.json(refused('request_too_large').body) }))
  app.on(['GET', 'POST'], '/:method', async (c) => {
    const args = await readArgs(c)
    const { token: given, ...rest } = args ?? {}
    const token = tokenOf(c, given)
    const { status, headers, body } = await hub.memberOf(token).answer(c.req.param('method'), args && rest, token)
    const code = status as ContentfulStatusCode
    return typeof body === 'string' ? c.text(body, code, headers) : c.json(body, code, headers)
  })
  return app
}

const refused = (error: string, details: Args = {}): Answer => ({
  status: 200,
  headers: {},
  body: { ok: false, error, ...details },
})

const limited = (retryAfterSeconds: number): Answer => ({
  ...refused('ratelimited'),
  status: 429,
  headers: { 'retry-after': String(retryAfterSeconds) },
})

/** The scripted answer; null when the fault is only a delay. */
function injected({ error, status, body, retryAfterSeconds }: Fault): Answer | null {
  if (error === 'ratelimited' || status === 429) return limited(retryAfterSeconds ?? 1)
  if (status !== undefined) return { status, headers: {}, body: body ?? 'A fault of the sandbox' }
  if (body !== undefined) return { status: 200, headers: {}, body }
  return error === undefined ? null : refused(error)
}

const tokenOf = (c: Context, given: unknown): string | null =>
  /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? (typeof given === 'string' ? given : null)

function checkToken(token: string | null, method: Method, { installation }: World): void {
  if (method.token === 'none') return
  if (!token) throw new PlatformError('not_authed')
  const kind = token === SECRETS.appToken ? 'app' : 'bot'
  const fault = kind === 'bot' ? installation.faultOf(token) : null
  if (fault) throw new PlatformError(fault)
  if (method.token !== 'any' && method.token !== kind) throw new PlatformError('not_allowed_token_type')
}

/** The arguments of a call, from wherever Slack takes them; null when the body cannot be read. */
async function readArgs(c: Context): Promise<Args | null> {
  const query = c.req.query()
  if (c.req.method === 'GET') return query
  const type = c.req.header('content-type') ?? ''
  try {
    if (type.startsWith('application/json')) {
      const body: unknown = JSON.parse((await c.req.text()) || '{}')
      return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...query, ...body } : null
    }
    if (type.startsWith('multipart/form-data')) return { ...query, ...(await c.req.parseBody()) }
    return { ...query, ...Object.fromEntries(new URLSearchParams(await c.req.text())) }
  } catch {
    return null
  }
}
