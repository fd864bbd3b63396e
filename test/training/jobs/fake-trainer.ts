import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

type Asked = { method: string; path: string; query: URLSearchParams; json: Record<string, unknown>; raw: Buffer }
type Reply = { status?: number; json?: unknown; text?: string; headers?: Record<string, string> } | 'drop'

/** What this server answers to a request; null leaves it to the plain ways of {@link startFakeTrainer}. */
export type Habit = (asked: Asked) => Reply | null

export type FakeTrainer = AsyncDisposable & {
  baseUrl: string
  asked: Asked[]
  count(method: string, path: RegExp): number
  /** The uploaded files' texts, by their ids. */
  files: Map<string, string>
  jobs: Map<string, Record<string, unknown>>
  habits: Habit[]
}

/**
 * A trainer that is nobody's in particular: short ids, nothing but the required fields, a job that succeeds at once.
 * Its `habits` make it any other.
 */
export async function startFakeTrainer(...habits: Habit[]): Promise<FakeTrainer> {
  const trainer = { asked: [] as Asked[], files: new Map(), jobs: new Map(), habits } as unknown as FakeTrainer
  trainer.count = (method, path) => trainer.asked.filter((one) => one.method === method && path.test(one.path)).length

  const plain: Habit = ({ method, path, json, raw }) => {
    const [, kind = '', id = ''] = /^\/v1\/(files|fine_tuning\/jobs|models)\/?(.*)$/.exec(path) ?? []
    if (method === 'POST' && kind === 'files') {
      const file = `f${trainer.files.size + 1}`
      trainer.files.set(file, textOf(raw))
      return { json: { id: file } }
    }
    if (method === 'POST' && kind === 'fine_tuning/jobs' && !id) {
      const job = { id: `j${trainer.jobs.size + 1}`, status: 'succeeded', fine_tuned_model: 'tuned-1', ...json }
      trainer.jobs.set(job.id, job)
      return { json: job }
    }
    if (method === 'GET' && kind === 'fine_tuning/jobs') {
      if (!id) return { json: { data: [...trainer.jobs.values()], has_more: false } }
      if (id.endsWith('/events')) return { json: { data: [] } }
      const job = trainer.jobs.get(id)
      if (job) return { json: job }
    }
    if (method === 'POST' && id.endsWith('/cancel')) {
      const job = trainer.jobs.get(id.slice(0, -'/cancel'.length))
      if (job) return { json: Object.assign(job, { status: 'cancelled', fine_tuned_model: null }) }
    }
    return { status: 404, json: { error: { message: `nothing at ${path}`, code: 'not_found' } } }
  }

  const server = createServer(async (request, response) => {
    const asked = await read(request)
    trainer.asked.push(asked)
    const reply = [...trainer.habits, plain].reduce<Reply | null>((found, habit) => found ?? habit(asked), null)
    if (reply === 'drop' || !reply) return request.socket.destroy()
    const { status = 200, json, text, headers } = reply
    response.writeHead(status, { 'content-type': text === undefined ? 'application/json' : 'text/html', ...headers })
    response.end(text ?? JSON.stringify(json))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  trainer.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  trainer[Symbol.asyncDispose] = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return trainer
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const raw = Buffer.concat(chunks)
  const url = new URL(request.url ?? '/', 'http://fake')
  const isJson = request.headers['content-type']?.includes('json')
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    json: isJson && raw.length > 0 ? JSON.parse(raw.toString()) : {},
    raw,
  }
}

/** The file's part of a multipart body. */
function textOf(raw: Buffer): string {
  const text = raw.toString()
  const start = text.indexOf('\r\n\r\n', text.indexOf('filename=')) + 4
  return text.slice(start, text.indexOf('\r\n--', start))
}
