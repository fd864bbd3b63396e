import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

type Fields = Record<string, unknown>

/** How one OpenAI-like server differs from the next. Left out, each is OpenAI's own way. */
export type Habits = {
  id?: (count: number) => string | number
  /** What becomes of an object before it is sent. */
  shape?: (object: Fields) => Fields
  /** The words for OpenAI's statuses. */
  status?: Readonly<Record<string, string>>
  /** How events are listed; null where there is no such route. */
  events?: ((oldestFirst: Fields[]) => unknown) | null
  /** Whether later pages can be asked for by `after`. */
  pages?: number
  /** Looks at a finished job until it names its model. */
  lateModel?: number
  /** Looks at a file until it can be used, and what it is called until then. */
  slowFiles?: { looks: number; status: string; isShown: boolean }
  /** Routes that are not there. */
  without?: RegExp
  /** How many uploads are cut off after their first bytes. */
  cutUploads?: number
  /** Fields of a job's creation that are refused. */
  refuses?: RegExp
  /** Called with `METHOD /path` when a request has come in whole, and waited for before it is worked on. */
  onAsked?: (route: string) => void | Promise<void>
  /** The same when it was worked on, before the answer goes out. */
  onDone?: (route: string) => void | Promise<void>
  /** Models that answer, beside those that were trained here. */
  serves?: readonly string[]
  /** The whole answer to the question for models, where it is an odd one. */
  models?: unknown
  /** How a refusal is written. */
  refusal?: (message: string) => { text: string; type: string }
  /** How often each route refuses for now before it answers once. */
  busy?: { times: number; retryAfter?: string; status?: number }
}

export type OtherTrainer = AsyncDisposable & {
  baseUrl: string
  /** What the jobs were created with. */
  asked: Fields[]
  files: string[]
  refused: number
}

const STEPS = 3
/** What each look at a job shows: a server's work, a step at a time. */
const PATH = ['validating_files', 'queued', 'running', 'running', 'running', 'succeeded']

/** A trainer written from the API's description alone: it learns nothing and finishes after a few looks. */
export async function startOtherTrainer(habits: Habits = {}): Promise<OtherTrainer> {
  const trainer = { asked: [] as Fields[], files: [] as string[], refused: 0 }
  const files = new Map<string, { id: unknown; looks: number }>()
  const jobs = new Map<string, { job: Fields; looks: number; events: Fields[] }>()
  const { shape = (object) => object, status: words = {}, slowFiles } = habits
  const newId = habits.id ?? ((count) => `ftx-${randomUUID().slice(0, 8)}${count}`)
  const served = new Map<string, number>()
  let cuts = habits.cutUploads ?? 0

  const isReady = (file: { looks: number }) => !slowFiles || file.looks >= slowFiles.looks
  const shownFile = (file: { id: unknown; looks: number }) =>
    shape({ id: file.id, object: 'file', status: isReady(file) ? 'processed' : slowFiles?.status })
  const advance = (one: { job: Fields; looks: number; events: Fields[] }): Fields => {
    const status = PATH[Math.min(one.looks, PATH.length - 1)] ?? ''
    one.looks += 1
    const step = one.looks - PATH.indexOf('running')
    if (status === 'running')
      one.events.push({
        id: newId(1_000 + one.events.length),
        created_at: 1_790_000_000 + step,
        level: 'info',
        type: 'metrics',
        message: `Step ${step}/${STEPS}: training loss=${(1 / step).toFixed(2)}`,
        data: { step, total_steps: STEPS, train_loss: 1 / step },
      })
    const isNamed = status === 'succeeded' && one.looks - PATH.length >= (habits.lateModel ?? 0)
    const model = isNamed ? `${String(one.job.model)}-tuned` : null
    return shape({ ...one.job, status: words[status] ?? status, fine_tuned_model: model, error: null })
  }
  const events = (all: Fields[], query: URLSearchParams) => {
    if (habits.pages === undefined) return { object: 'list', data: all, has_more: false }
    const at = all.findIndex(({ id }) => String(id) === query.get('after')) + 1
    const data = all.slice(at, at + habits.pages)
    return { object: 'list', data, has_more: at + habits.pages < all.length }
  }

  function answer({ method, path, query, json, text }: Asked): unknown {
    const key = `${method} ${path}`
    if (habits.without?.test(key)) return null
    const [, room = '', id = '', more = ''] =
      /^\/v1\/(files|fine_tuning\/jobs|models)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? []
    const name = decodeURIComponent(id)
    if (room === 'models' && habits.models !== undefined) return name ? null : habits.models
    if (room === 'models') {
      const tuned = [...jobs.values()].map(({ job }) => `${String(job.model)}-tuned`)
      if (!name) return { object: 'list', data: tuned.map((one) => ({ id: one })) }
      return tuned.includes(name) ? { id: name } : null
    }
    if (room === 'files') {
      if (method === 'POST') {
        trainer.files.push(text)
        const file = { id: newId(files.size), looks: 0 }
        files.set(String(file.id), file)
        return shownFile(file)
      }
      const file = files.get(name)
      if (!file || slowFiles?.isShown === false) return null
      file.looks += 1
      return shownFile(file)
    }
    if (room !== 'fine_tuning/jobs') return null
    if (method === 'POST' && !name) return create(json)
    if (!name) return { object: 'list', data: [...jobs.values()].map(({ job }) => shape(job)) }
    const found = jobs.get(name)
    if (!found) return null
    if (more === 'events' && habits.events !== null)
      return habits.events ? habits.events(found.events) : events(found.events.toReversed(), query)
    if (more === 'cancel') return shape(Object.assign(found.job, { status: words.cancelled ?? 'cancelled' }))
    return more ? null : advance(found)
  }

  function create(json: Fields): unknown {
    const unknown = Object.keys(json).find((name) => habits.refuses?.test(name))
    if (unknown) return { refused: `Unknown field: ${unknown}`, status: 422 }
    const file = files.get(String(json.training_file))
    if (!file) return { refused: 'There is no such training file', status: 400 }
    if (!isReady(file)) {
      file.looks += 1
      return { refused: 'The training file is not ready yet', status: 400 }
    }
    trainer.asked.push(json)
    const id = newId(100 + jobs.size)
    const job = { id, object: 'fine_tuning.job', created_at: 1_790_000_000, status: 'queued', ...json }
    jobs.set(String(id), { job, looks: 0, events: [] })
    return shape(job)
  }

  const server = createServer(async (request, response) => {
    if (request.url === '/v1/files' && cuts-- > 0) return void request.once('data', () => request.socket.destroy())
    const asked = await read(request)
    const refuse = (status: number, message: string, headers = {}) => {
      trainer.refused += 1
      const { text, type } = habits.refusal?.(message) ?? {
        text: JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } }),
        type: 'application/json',
      }
      response.writeHead(status, { 'content-type': type, ...headers }).end(text)
    }
    const name = `${asked.method} ${asked.path}`
    await habits.onAsked?.(name)
    const { times = 0, status = 429, retryAfter } = habits.busy ?? {}
    const before = served.get(name) ?? 0
    served.set(name, before + 1)
    if (before % (times + 1) < times)
      return refuse(status, 'Slow down', retryAfter ? { 'retry-after': retryAfter } : {})
    const isServed = asked.path === '/v1/chat/completions' && habits.serves?.includes(String(asked.json.model))
    if (isServed && !asked.json.stream)
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"choices":[{"message":{"content":"Hello."}}]}')
    if (isServed)
      return response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end('data: {"choices":[{"delta":{"content":"Hello."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
    const found = answer(asked)
    await habits.onDone?.(name)
    if (found === null) return refuse(404, 'Not Found')
    if (isRefusal(found)) return refuse(found.status, found.refused)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(trainer, {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

function isRefusal(found: unknown): found is { refused: string; status: number } {
  return typeof found === 'object' && found !== null && 'refused' in found
}

type Asked = { method: string; path: string; query: URLSearchParams; json: Fields; text: string }

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://other')
  const isJson = request.headers['content-type']?.includes('json') && text
  return {
    method: request.method ?? '',
    path: pathname,
    query: searchParams,
    json: isJson ? JSON.parse(text) : {},
    text,
  }
}
