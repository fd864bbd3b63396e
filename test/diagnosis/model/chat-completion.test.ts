import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openaiCompletions } from '../../../src/diagnosis/model/chat-completion.ts'
import { createStructured } from '../../../src/diagnosis/model/structured.ts'

type Reply = { status?: number; headers?: Record<string, string>; json?: unknown; text?: string }
type Body = Record<string, unknown> & { response_format?: { type: string } }

/** A server that answers by the request’s body; what it was asked. */
async function serve(reply: (body: Body, times: number) => Reply) {
  const asked: Body[] = []
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await Array.fromAsync(request)).join('')) as Body
    asked.push(body)
    const { status = 200, headers, json, text } = reply(body, asked.length)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(text ?? JSON.stringify(json))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return {
    asked,
    answers: openaiCompletions({ baseUrl, apiKey: 'any', timeoutMs: 2_000 }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
const signal = new AbortController().signal
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'q' }] }
const said = (content: unknown, more: object = {}) => ({ json: { choices: [{ message: { content, ...more } }] } })

it('an answer comes with what the server counted, and without where it counts nothing', async () => {
  await using server = await serve((_, times) => ({
    json: {
      choices: [{ message: { content: 'a\0b' }, finish_reason: 'stop' }],
      usage: [{ prompt_tokens: 7, completion_tokens: 3 }, null, { prompt_tokens: 'many' }][times - 1],
    },
  }))
  expect(await server.answers(ask, signal)).toEqual({
    text: 'ab',
    refusal: null,
    usage: { promptTokens: 7, completionTokens: 3 },
  })
  expect((await server.answers(ask, signal)).usage).toBeNull()
  expect((await server.answers(ask, signal)).usage).toBeNull()
})

it.each([
  ['429 with seconds', { status: 429, headers: { 'retry-after': '2' } }, { code: 'model_busy', retryAfterMs: 2_000 }],
  ['429 with nothing', { status: 429 }, { code: 'model_busy', retryAfterMs: null }],
  [
    '503 with milliseconds',
    { status: 503, headers: { 'retry-after-ms': '40' } },
    { code: 'model_offline', retryAfterMs: 40 },
  ],
  ['404', { status: 404 }, { code: 'model_missing' }],
  ['no choices', { json: { choices: [] } }, { code: 'model_garbled' }],
  ['a login page', { text: '<html>' }, { code: 'model_garbled' }],
])('%s is told as what it is, after one attempt', async (_, reply, fault) => {
  await using server = await serve(() => reply)
  await expect(server.answers(ask, signal)).rejects.toMatchObject(fault)
  expect(server.asked).toHaveLength(1)
})

it('a date in Retry-After is a wait too', async () => {
  const at = new Date(Date.now() + 30_000).toUTCString()
  await using server = await serve(() => ({ status: 429, headers: { 'retry-after': at } }))
  const fault = await server.answers(ask, signal).catch((error: unknown) => error)
  expect((fault as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(25_000)
})

it('a model that refuses a temperature or the older limit is asked without, from then on', async () => {
  await using server = await serve((body) => {
    const [wrong] = ['temperature', 'max_tokens'].filter((name) => name in body)
    const message = `Unsupported parameter: '${wrong}' is not supported with this model.`
    return wrong ? { status: 400, json: { error: { message, param: wrong } } } : said('fine')
  })
  expect((await server.answers(ask, signal)).text).toBe('fine')
  expect((await server.answers(ask, signal)).text).toBe('fine')
  expect(server.asked).toHaveLength(4)
})

const Sorted = z.object({ colour: z.enum(['red', 'blue']), why: z.string() })
const wanted = { ...ask, name: 'sorting', schema: Sorted }
const value = { colour: 'red', why: 'it is' }
const bad = { status: 400, json: { error: { message: 'response_format is not supported' } } }

it.each([
  ['a schema', (body: Body) => (body.response_format?.type === 'json_schema' ? said(JSON.stringify(value)) : bad), 1],
  ['JSON only', (body: Body) => (body.response_format?.type === 'json_object' ? said(JSON.stringify(value)) : bad), 2],
  [
    'text only',
    (body: Body) => (body.response_format ? bad : said(`Sure!\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\``)),
    3,
  ],
])('a value is had from a server that knows %s, which is not asked in vain twice', async (_, reply, attempts) => {
  await using server = await serve(reply)
  const structured = createStructured(server.answers)
  expect(await structured(wanted, signal)).toEqual({ kind: 'read', value })
  expect(await structured(wanted, signal)).toEqual({ kind: 'read', value })
  expect(server.asked).toHaveLength(attempts + 1)
})

it.each([
  ['a refusal', said(null, { refusal: 'I would rather not.' }), 'refused'],
  [
    'what a filter took',
    { json: { choices: [{ message: { content: '' }, finish_reason: 'content_filter' }] } },
    'refused',
  ],
  ['another value', said('{"colour":"green","why":"x"}'), 'unreadable'],
  ['half a value', said('{"colour":"red","why":"it'), 'unreadable'],
  [
    'a cut-off',
    { json: { choices: [{ message: { content: '{"colour":"red","why":"' }, finish_reason: 'length' }] } },
    'unreadable',
  ],
  ['words', said('red, I think'), 'unreadable'],
  ['nothing', said(''), 'unreadable'],
])('%s is no value', async (_, reply, kind) => {
  await using server = await serve(() => reply)
  expect(await createStructured(server.answers)(wanted, signal)).toEqual({ kind })
})
