import OpenAI, { APIConnectionError, APIError, InternalServerError, RateLimitError } from 'openai'
import { expect, it } from 'vitest'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { ask, BASE, clientOf } from './support.ts'

const CHAT = '/chat/completions'
const QUESTION = [{ role: 'user' as const, content: 'What does F-11 mean?' }]

it('answers 429 with Retry-After as often as planned, then as usual', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  server.faults.add({ path: CHAT, status: 429, headers: { 'retry-after': '7' }, times: 2 })
  for (let i = 0; i < 2; i += 1) {
    const error = await ask(client, BASE, 'hello').catch((one: unknown) => one)
    expect(error).toBeInstanceOf(RateLimitError)
    expect((error as RateLimitError).headers?.get('retry-after')).toBe('7')
  }
  expect(await ask(client, BASE, 'hello')).not.toBe('')
  expect(server.faults.pending()).toEqual([])
})

it('is retried by a client that may', async () => {
  await using server = await startModelServer()
  server.faults.add({ path: CHAT, status: 500, headers: { 'retry-after-ms': '1' } })
  const client = new OpenAI({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 1 })
  expect(await ask(client, BASE, 'hello')).not.toBe('')
  expect(server.calls.filter((call) => call.path === CHAT)).toHaveLength(2)
})

it('answers 500, or HTML where JSON was expected', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  server.faults.add({ path: CHAT, status: 500 })
  await expect(ask(client, BASE, 'hello')).rejects.toBeInstanceOf(InternalServerError)
  server.faults.add({ path: `/v1${CHAT}`, status: 502, body: '<html><body>Bad gateway</body></html>' })
  await expect(ask(client, BASE, 'hello')).rejects.toMatchObject({ status: 502 })
  server.faults.add({ path: CHAT, body: '<html><body>Log in</body></html>' })
  const page = await client.chat.completions.create({ model: BASE, messages: QUESTION })
  expect(String(page)).toContain('Log in')
})

it('breaks a stream after some chunks, and an answer in the middle', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  server.faults.add({ path: CHAT, cutAfterChunks: 4 })
  const stream = await client.chat.completions.create({ model: BASE, stream: true, messages: QUESTION })
  const pieces: string[] = []
  const reading = async () => {
    for await (const chunk of stream) pieces.push(chunk.choices[0]?.delta.content ?? '')
  }
  await expect(reading()).rejects.toThrow()
  expect(pieces).toHaveLength(4)
  server.faults.add({ path: CHAT, cutAfterChunks: 0 })
  await expect(ask(client, BASE, 'hello')).rejects.toThrow()
  expect(await ask(client, BASE, 'hello')).not.toBe('')
})

it('says nothing, or what nobody can read', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  server.faults.add({ path: CHAT, answer: 'empty' })
  expect(await ask(client, BASE, 'hello')).toBe('')
  server.faults.add({ path: CHAT, answer: 'garbage' })
  expect(await ask(client, BASE, 'hello')).toContain('0xDEADBEEF')
})

it('keeps a client waiting longer than it will', async () => {
  await using server = await startModelServer()
  server.faults.add({ path: CHAT, delayMs: 60_000 })
  const client = new OpenAI({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0, timeout: 50 })
  await expect(ask(client, BASE, 'hello')).rejects.toBeInstanceOf(APIConnectionError)
})

it('strikes the other routes too, and can be called off', async () => {
  await using server = await startModelServer()
  const client = clientOf(server)
  server.faults.add({ path: '/fine_tuning/*', status: 503, times: Number.POSITIVE_INFINITY })
  await expect(client.fineTuning.jobs.list()).rejects.toBeInstanceOf(APIError)
  await expect(client.fineTuning.jobs.retrieve('x')).rejects.toMatchObject({ status: 503 })
  expect((await client.models.list()).data).toHaveLength(1)
  server.faults.clear()
  expect((await client.fineTuning.jobs.list()).data).toEqual([])
})
