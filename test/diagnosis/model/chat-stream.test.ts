import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ModelConfig, openaiModels } from '../../../src/diagnosis/model/chat-stream.ts'
import { type Fault, type ModelServer, startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { BASE_MODEL } from '../../../src/sandbox/start.ts'
import fc from '../../support/properties.ts'

const CHAT = '/chat/completions'
const never = new AbortController().signal
const QUESTION = [{ role: 'user' as const, content: 'What is turbidity?' }]

/** All that came before the end, and how it ended. */
async function listen(config: Partial<ModelConfig>, signal: AbortSignal = never, model = BASE_MODEL) {
  const models = openaiModels({ baseUrl: '', apiKey: 'any', timeoutMs: 2_000, retries: 0, ...config })
  let text = ''
  try {
    for await (const delta of models.stream({ model, messages: QUESTION }, signal)) text += delta
    return { text, code: 'complete' }
  } catch (error) {
    const { code, name } = error as { code?: string; name: string }
    return { text, code: typeof code === 'string' ? code : name, error }
  }
}

describe('a model server', () => {
  let server: ModelServer
  beforeAll(async () => {
    server = await startModelServer({ baseModels: [BASE_MODEL] })
  })
  afterEach(() => {
    server.faults.clear()
    server.latency({ firstTokenMs: 0, perTokenMs: 0 })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const ask = (over: Partial<ModelConfig> = {}, signal?: AbortSignal, model?: string) =>
    listen({ baseUrl: server.url, apiKey: server.apiKey, ...over }, signal, model)
  const chats = () => server.calls.filter(({ path }) => path === CHAT).length

  it('answers with text, to its end', async () => {
    const { text, code } = await ask()
    expect(code).toBe('complete')
    expect(text.length).toBeGreaterThan(10)
  })

  it('names its models', async () => {
    const models = openaiModels({ baseUrl: server.url, apiKey: server.apiKey, timeoutMs: 2_000, retries: 0 })
    expect(await models.list(never)).toContain(BASE_MODEL)
    server.faults.add({ path: '/models', status: 500 })
    await expect(models.list(never)).rejects.toMatchObject({ code: 'model_offline' })
  })

  it.each<[string, Omit<Fault, 'path'>, string]>([
    ['429', { status: 429 }, 'model_busy'],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '30' } }, 'model_busy'],
    ['500', { status: 500 }, 'model_offline'],
    ['502 in HTML', { status: 502, body: '<html><h1>Bad Gateway</h1></html>' }, 'model_offline'],
    ['503 and nothing', { status: 503, body: '' }, 'model_offline'],
    ['400', { status: 400 }, 'model_rejected'],
    ['401', { status: 401 }, 'model_refused'],
    ['403', { status: 403 }, 'model_refused'],
    ['404', { status: 404 }, 'model_missing'],
    ['HTML', { body: '<!doctype html><title>Welcome to nginx</title>' }, 'model_garbled'],
    ['an empty body', { body: '' }, 'model_garbled'],
    ['plain text', { body: 'all good' }, 'model_garbled'],
    ['JSON instead of a stream', { body: { choices: [{ message: { content: 'x' } }] } }, 'model_garbled'],
    ['an empty JSON object', { body: {} }, 'model_garbled'],
    ['a stream cut before its first word', { cutAfterChunks: 0 }, 'model_garbled'],
    ['a stream cut in the middle', { cutAfterChunks: 3 }, 'model_garbled'],
  ])('that answers %s is told by its code', async (_, fault, code) => {
    server.faults.add({ path: CHAT, ...fault })
    const before = chats()
    expect(await ask()).toMatchObject({ code })
    expect(chats() - before).toBe(1)
  })

  it('that breaks off leaves what it had said', async () => {
    server.faults.add({ path: CHAT, cutAfterChunks: 3 })
    expect((await ask()).text.length).toBeGreaterThan(0)
  })

  it('that says nothing has answered with nothing', async () => {
    server.faults.add({ path: CHAT, answer: 'empty' })
    expect(await ask()).toEqual({ text: '', code: 'complete' })
  })

  it('that says garbage has answered with it', async () => {
    server.faults.add({ path: CHAT, answer: 'garbage' })
    expect(await ask()).toEqual({ text: expect.stringContaining('0xDEADBEEF'), code: 'complete' })
  })

  it('is asked again after a fault that may pass, and only before the first word', async () => {
    server.faults.add({ path: CHAT, status: 429, headers: { 'retry-after-ms': '1' }, times: 2 })
    const before = chats()
    expect(await ask({ retries: 2 })).toMatchObject({ code: 'complete' })
    expect(chats() - before).toBe(3)

    server.faults.add({ path: CHAT, cutAfterChunks: 3 })
    expect(await ask({ retries: 2 })).toMatchObject({ code: 'model_garbled' })
    expect(chats() - before).toBe(4)
  })

  it('is not asked again after a refusal', async () => {
    const before = chats()
    expect(await ask({ retries: 2, apiKey: 'wrong' })).toMatchObject({ code: 'model_refused' })
    expect(await ask({ retries: 2 }, never, 'ft:nobody:knows')).toMatchObject({ code: 'model_missing' })
    expect(chats() - before).toBe(2)
  })

  it('that wants us to wait does not outlast the caller’s patience', async () => {
    server.faults.add({ path: CHAT, status: 429, headers: { 'retry-after': '30' }, times: Number.POSITIVE_INFINITY })
    const startedAt = performance.now()
    expect(await ask({ retries: 2 }, AbortSignal.timeout(50))).toMatchObject({
      code: expect.stringMatching(/Error|20/),
    })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('that does not answer in time is offline', async () => {
    server.faults.add({ path: CHAT, delayMs: 60_000 })
    const { code, error } = await ask({ timeoutMs: 40 })
    expect(code).toBe('model_offline')
    expect(error).toHaveProperty('remedy', expect.stringContaining('OPENAI_BASE_URL'))
  })

  it('that falls silent in mid-answer has broken off', async () => {
    server.latency({ perTokenMs: 60_000 })
    const { code, text } = await ask({ timeoutMs: 1_000 })
    expect(code).toBe('model_garbled')
    expect(text).not.toBe('')
  })

  it('may be slower as a whole than it may be silent', async () => {
    server.latency({ perTokenMs: 80 })
    const startedAt = performance.now()
    expect(await ask({ timeoutMs: 1_000 })).toMatchObject({ code: 'complete' })
    expect(performance.now() - startedAt).toBeGreaterThan(1_000)
  })

  it('is let go at once when the caller calls it off', async () => {
    const caller = new AbortController()
    server.latency({ perTokenMs: 60_000 })
    const models = openaiModels({ baseUrl: server.url, apiKey: server.apiKey, timeoutMs: 60_000, retries: 2 })
    const why = new Error('enough')
    const reading = async () => {
      for await (const _ of models.stream({ model: BASE_MODEL, messages: QUESTION }, caller.signal)) caller.abort(why)
    }
    await expect(reading()).rejects.toBe(why)
  })

  it('gives no key away in a fault', async () => {
    server.faults.add({ path: CHAT, status: 401 })
    const { error } = await ask({ apiKey: 'sk-very-secret-key' })
    const { remedy, message } = error as { remedy: string; message: string }
    expect(`${remedy} ${message}`).not.toContain('secret')
  })
})

it('that is not there is offline', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  expect(await listen({ baseUrl: `http://127.0.0.1:${port}/v1` })).toMatchObject({ code: 'model_offline' })
})

describe('a stream', () => {
  const event = (data: unknown) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
  const word = (content: unknown, finish_reason: string | null = null) =>
    event({ choices: [{ delta: { content }, finish_reason }] })

  /** What a server of some other make sends. */
  async function hear(send: (response: ServerResponse) => void | Promise<void>) {
    const server = createServer(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      await send(response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      return await listen({ baseUrl: `http://127.0.0.1:${port}/v1` })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }
  const hearText = (...events: string[]) => hear((response) => void response.end(events.join('')))

  it.each([
    ['without choices', event({ usage: {} })],
    ['with no choices', event({ choices: [] })],
    ['without a delta', event({ choices: [{ finish_reason: null }] })],
    ['with null for text', word(null)],
    ['that is only a comment', ': keep-alive\n\n'],
  ])('may hold chunks %s', async (_, odd) => {
    expect(await hearText(odd, word('a'), odd, word('b'), word('', 'stop'), odd, event('[DONE]'))).toEqual({
      text: 'ab',
      code: 'complete',
    })
  })

  it.each([
    ['that is no JSON', event('{"choices":')],
    ['that is null', event('null')],
    ['that is a list', event([1])],
    ['with a number for text', word(7)],
    ['with an object for choices', event({ choices: { 0: 'x' } })],
  ])('with a chunk %s cannot be read', async (_, odd) => {
    expect(await hearText(word('a'), odd, word('b', 'stop'), event('[DONE]'))).toMatchObject({ code: 'model_garbled' })
  })

  it('with a fault inside it is a fault', async () => {
    const fault = event({ error: { message: 'overloaded', type: 'server_error' } })
    expect(await hearText(word('a'), fault)).toMatchObject({ text: 'a', code: 'model_offline' })
  })

  it.each([
    ['its reason', [word('a', 'stop')]],
    ['its last word', [word('a'), event('[DONE]')]],
  ])('is complete with %s alone', async (_, events) => {
    expect(await hearText(...events)).toEqual({ text: 'a', code: 'complete' })
  })

  it('that ends without saying that the answer is complete, or before it began, has broken off', async () => {
    expect(await hearText(word('a'))).toMatchObject({ text: 'a', code: 'model_garbled' })
    expect(await hearText(event('[DONE]'))).toMatchObject({ text: '', code: 'model_garbled' })
    expect(await hearText()).toMatchObject({ text: '', code: 'model_garbled' })
  })

  it('comes from a model that refuses a temperature or the older limit, which is asked without from then on', async () => {
    const asked: string[] = []
    await using server = createServer(async (request, response) => {
      const body: object = JSON.parse(Buffer.concat(await request.toArray()).toString())
      const wrong = ['temperature', 'max_tokens'].find((name) => name in body)
      asked.push(wrong ?? 'fine')
      if (!wrong) return response.end(word('a') + word('', 'stop'))
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: `Unsupported parameter: '${wrong}'`, param: wrong } }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const models = openaiModels({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'k', timeoutMs: 10_000, retries: 0 })
    for (let i = 0; i < 2; i += 1)
      expect(await Array.fromAsync(models.stream({ model: 'm', messages: QUESTION }, never))).toEqual(['a'])
    expect(asked).toEqual(['temperature', 'max_tokens', 'fine', 'fine'])
  })

  it('that never ends is cut', async () => {
    const endless = (response: ServerResponse) => {
      const words = function* () {
        for (;;) yield word('more and more '.repeat(50))
      }
      Readable.from(words()).pipe(response)
    }
    const { text, code } = await hear(endless)
    expect(code).toBe('model_garbled')
    expect(text.length).toBeLessThan(40_000)
  })

  it('may come in any pieces, with either kind of line ends, and without the last one', async () => {
    const text = [word('Prüfe '), word('das 🔧'), word('', 'stop')].join('').trimEnd().replaceAll('\n', '\r\n')
    const bytes = Buffer.from(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (sizes) => {
        const inPieces = async (response: ServerResponse) => {
          response.socket?.setNoDelay(true)
          for (let at = 0, i = 0; at < bytes.length; i += 1) {
            const end = at + (sizes[i % sizes.length] ?? 1)
            response.write(bytes.subarray(at, end))
            at = end
            await nextTurn()
          }
          response.end()
        }
        expect(await hear(inPieces)).toEqual({ text: 'Prüfe das 🔧', code: 'complete' })
      }),
      { numRuns: 15 },
    )
  })

  it('holds no character that a database could not keep', async () => {
    expect(await hearText(word('a\u0000b', 'stop'))).toEqual({ text: 'ab', code: 'complete' })
  })
})
