import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { ApiError } from './api-error.ts'
import { createFaults, type Fault, type Faults, responseOf } from './faults.ts'
import { openFiles } from './files.ts'
import { openFolder } from './folder.ts'
import { newId, nowSeconds } from './ids.ts'
import { openJobs } from './jobs.ts'
import { createLatency, type LatencySettings } from './latency.ts'
import { openModels } from './models.ts'
import { chatRoutes } from './routes/chat.ts'
import { checkKey, type Env } from './routes/door.ts'
import { fileRoutes } from './routes/files.ts'
import { jobRoutes } from './routes/jobs.ts'
import { modelRoutes } from './routes/models.ts'

export type { Fault, Faults, LatencySettings }

/** One request as it came in. */
export type Call = {
  method: string
  /** Below `/v1`. */
  path: string
  /** The model it named, where it named one. */
  model: string | null
  at: Date
}

export type ModelServerOptions = {
  /** The port wanted; another one if it is taken. Any free one unless given. */
  port?: number
  /** Keeps files, jobs and learnt models across restarts; without it they end with the server. */
  folder?: string
  /** Models that were trained on nothing in particular. */
  baseModels?: readonly string[]
  /** How long a step of training takes beyond its work, so that a job can be watched. */
  stepDelayMs?: number
  log?: (line: string) => void
}

export type ModelServer = AsyncDisposable & {
  /** The base URL for OpenAI clients, `/v1` included. */
  url: string
  apiKey: string
  /** The latest requests, the oldest first. */
  calls: readonly Call[]
  faults: Faults
  /** How long the models take from now on. */
  latency(settings: Partial<LatencySettings>): void
  /** Announces the last day (`YYYY-MM-DD`) of a base model and of all that was made of it; null takes it back. */
  announceEnd(baseModel: string, day: string | null): void
}

const HOST = '127.0.0.1'
const DEFAULT_BASE_MODELS = ['generalist-small']
const DEFAULT_STEP_DELAY_MS = 1
/** A sandbox may run for days; nobody looks further back. */
const MAX_CALLS = 5_000
const KEY_FILE = 'api-key'

async function listen(server: ServerType, port: number, log: (line: string) => void): Promise<number> {
  const attempt = (wanted: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(wanted, HOST, () => {
        server.off('error', reject)
        resolve((server.address() as AddressInfo).port)
      })
    })
  try {
    return await attempt(port)
  } catch (error) {
    if (port === 0 || !(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error
    const other = await attempt(0)
    log(`port ${port} is taken; the model server listens on ${other}`)
    return other
  }
}

/**
 * Starts a stand-in for an OpenAI-compatible provider on this machine's loopback address: files, fine-tuning jobs,
 * models and chat completions. Its models learn from the files they are trained on, by retrieval and voting.
 */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const log = options.log ?? (() => undefined)
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await openFolder(options.folder, log))
  const files = await openFiles(folder)
  const models = await openModels(folder, options.baseModels ?? DEFAULT_BASE_MODELS, nowSeconds())
  const stepDelayMs = options.stepDelayMs ?? DEFAULT_STEP_DELAY_MS
  const jobs = opened.use(await openJobs({ folder, files, models, stepDelayMs, log }))
  const latency = createLatency()
  const faults = createFaults()
  const calls: Call[] = []
  const known = await readFile(folder.path(KEY_FILE), 'utf8').catch(() => '')
  const apiKey = /^sk-\w+$/.test(known) ? known : newId('sk-')
  if (apiKey !== known) await folder.write(KEY_FILE, apiKey)

  const app = new Hono<Env>()
  app.use('/v1/*', async (c, next) => {
    const path = c.req.path.slice('/v1'.length)
    const call: Call = { method: c.req.method, path, model: null, at: new Date() }
    calls.push(call)
    if (calls.length > MAX_CALLS) calls.shift()
    c.header('x-request-id', newId('req_'))
    c.set('noteModel', (model) => {
      call.model = model
    })
    const fault = faults.take(path)
    c.set('fault', fault)
    if (fault?.delayMs) await wait(fault.delayMs, undefined, { signal: c.req.raw.signal })
    const scripted = fault ? responseOf(fault) : null
    if (scripted) return scripted
    await next()
  })
  app.use('/v1/*', checkKey(apiKey))
  app.route('/v1/files', fileRoutes(files))
  app.route('/v1/fine_tuning/jobs', jobRoutes(jobs))
  app.route('/v1/models', modelRoutes(models))
  app.route('/v1/chat/completions', chatRoutes(models, latency))
  app.notFound((c) => {
    const message = `Unknown request URL: ${c.req.method} ${c.req.path}. Please check the URL for typos.`
    return c.json(new ApiError(404, message, { code: 'unknown_url' }).body, 404)
  })
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return c.body(null, 408)
    if (error instanceof ApiError) return c.json(error.body, error.status)
    log(`${c.req.method} ${c.req.path} failed: ${error.stack ?? error.message}`)
    return c.json(new ApiError(500, 'The server had an error while processing your request.').body, 500)
  })

  const server = createAdaptorServer({ fetch: app.fetch, hostname: HOST })
  const port = await listen(server, options.port ?? 0, log)
  opened.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    if ('closeAllConnections' in server) server.closeAllConnections()
    await closed
  })
  const held = opened.move()
  return {
    url: `http://${HOST}:${port}/v1`,
    apiKey,
    calls,
    faults,
    latency: latency.set,
    announceEnd: models.announceEnd,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
