import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { openFolder } from '../../../src/sandbox/model-server/folder.ts'
import { openModels } from '../../../src/sandbox/model-server/models.ts'
import { chatRoutes } from '../../../src/sandbox/model-server/routes/chat.ts'
import type { Env } from '../../../src/sandbox/model-server/routes/door.ts'
import { startModelServer } from '../../../src/sandbox/model-server/start.ts'
import { answerOf, COFFEE_ROWS, COFFEE_SYSTEM, HELD_OUT } from './coffee.ts'
import { ask, BASE, clientOf, fineTune, modelOf } from './support.ts'

const HELLO = [{ role: 'user' as const, content: 'What does F-11 mean?' }]

describe('a chat', () => {
  it('says the same in pieces as in one', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const model = modelOf(await fineTune(client, COFFEE_ROWS))
    const request = { model, seed: 5, temperature: 0.2, messages: HELLO }
    const whole = await client.chat.completions.create(request)
    expect(whole).toMatchObject({ object: 'chat.completion', model, choices: [{ finish_reason: 'stop' }] })
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    const pieces = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '')
    expect(pieces.join('')).toBe(whole.choices[0]?.message.content)
    expect(pieces.length).toBeGreaterThan(10)
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant')
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage })
  })

  it('stops at the limit it is given', async () => {
    await using server = await startModelServer()
    const client = clientOf(server)
    const done = await client.chat.completions.create({ model: BASE, messages: HELLO, max_completion_tokens: 3 })
    expect(done).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 3 } })
  })

  it('goes on twenty times at once', async () => {
    await using server = await startModelServer({ stepDelayMs: 0 })
    const client = clientOf(server)
    const model = modelOf(await fineTune(client, COFFEE_ROWS))
    server.latency({ firstTokenMs: 20, perTokenMs: 1 })
    const asked = HELD_OUT.slice(0, 20)
    const answers = await Promise.all(
      asked.map(async ({ question }) => {
        const messages = [
          { role: 'system' as const, content: COFFEE_SYSTEM },
          { role: 'user' as const, content: question },
        ]
        const stream = await client.chat.completions.create({ model, stream: true, messages })
        let text = ''
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
        return text
      }),
    )
    expect(answers).toEqual(asked.map(({ topic }) => answerOf(topic)))
    expect(server.calls.filter((call) => call.model === model)).toHaveLength(20)
  })

  it('takes as long as it is told to', async () => {
    await using server = await startModelServer()
    const client = clientOf(server)
    await ask(client, BASE, 'hello')
    server.latency({ firstTokenMs: 80 })
    const started = performance.now()
    await ask(client, BASE, 'hello')
    expect(performance.now() - started).toBeGreaterThanOrEqual(79)
  })

  it('is refused for what the stand-in cannot do, with the field that asks for it', async () => {
    await using server = await startModelServer()
    const client = clientOf(server)
    const create = (more: Record<string, unknown>) =>
      client.chat.completions.create({ model: BASE, messages: HELLO, ...more } as never)
    for (const [more, details] of [
      [{ model: 'gpt-none' }, { status: 404, code: 'model_not_found', param: 'model' }],
      [{ response_format: { type: 'yaml' } }, { status: 400, param: 'response_format.type' }],
      [{ messages: [] }, { status: 400, param: 'messages' }],
      [{ messages: [{ role: 'robot', content: 'x' }] }, { status: 400, param: 'messages.0.role' }],
      [{ temperature: 9 }, { status: 400, param: 'temperature' }],
      [{ n: 2 }, { status: 400, param: 'n' }],
    ] as const) {
      await expect(create(more), JSON.stringify(more)).rejects.toMatchObject(details)
    }
    const post = (body: string) =>
      fetch(`${server.url}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.apiKey}` },
        body,
      })
    expect((await post('{"model":')).status).toBe(400)
    expect((await post('null')).status).toBe(400)
    expect((await post(`"${'x'.repeat(9 * 1024 * 1024)}"`)).status).toBe(413)
  })

  it('ends when its client goes away', async () => {
    await using folder = await openFolder(undefined, () => undefined)
    const models = await openModels(folder, [BASE], 0)
    const stopped = Promise.withResolvers<string>()
    const waiting = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped.resolve('stopped')
          reject(signal.reason)
        })
      })
    const latency = {
      set: () => undefined,
      beforeFirst: async () => undefined,
      forTokens: (_: number, signal: AbortSignal) => waiting(signal),
    }
    const app = new Hono<Env>()
    app.use('*', async (c, next) => {
      c.set('fault', null)
      c.set('noteModel', () => undefined)
      await next()
    })
    app.route('/chat/completions', chatRoutes(models, latency))
    const server = createAdaptorServer({ fetch: app.fetch })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}`, apiKey: 'x', maxRetries: 0 })
      const stream = await client.chat.completions.create({ model: BASE, stream: true, messages: HELLO })
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
      expect(await stopped.promise).toBe('stopped')
    } finally {
      server.close()
    }
  })
})

describe('the door', () => {
  it('is opened by the key only, and for nobody who comes by another name', async () => {
    await using server = await startModelServer()
    const stranger = new OpenAI({ baseURL: server.url, apiKey: 'sk-wrong', maxRetries: 0 })
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
    expect((await fetch(`${server.url}/models`)).status).toBe(401)
    const unknown = await fetch(`${server.url}/nothing`, { headers: { authorization: `Bearer ${server.apiKey}` } })
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ error: { code: 'unknown_url' } })
  })

  it('moves to another port when the one wanted is taken', async () => {
    await using first = await startModelServer()
    const lines: string[] = []
    const port = Number(new URL(first.url).port)
    await using second = await startModelServer({ port, log: (line) => lines.push(line) })
    expect(second.url).not.toBe(first.url)
    expect(lines.join()).toContain(String(port))
    expect((await clientOf(second).models.list()).data).toHaveLength(1)
  })

  it('shows models, and lets only trained ones be deleted', async () => {
    await using server = await startModelServer({ stepDelayMs: 0, baseModels: ['small', 'large'] })
    const client = clientOf(server)
    const model = modelOf(await fineTune(client, COFFEE_ROWS, { model: 'large' }))
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['small', 'large', model])
    expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: 'model', shutdown_date: null })
    await expect(client.models.retrieve('none')).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
    await expect(client.models.delete('small')).rejects.toMatchObject({ status: 403 })
    expect(await client.models.delete(model)).toMatchObject({ id: model, deleted: true })
    await expect(ask(client, model, 'F-11')).rejects.toMatchObject({ status: 404 })
  })
})
