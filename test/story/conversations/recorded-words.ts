import { readFile } from 'node:fs/promises'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Environment } from '../../../src/config/env.ts'

/** One line of the file: a question, and in each other column what a model said to it. */
const Row = z.looseObject({ question: z.string() })
const Asked = z.object({
  model: z.string(),
  stream: z.boolean().optional(),
  messages: z.array(
    z.object({
      role: z.string(),
      content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]),
    }),
  ),
})

export type RecordedModel = AsyncDisposable & {
  /** The settings with which the app asks it. */
  settings: Environment
}

const NAME = 'recorded-words'

/** A model server that repeats what a model said to the recorded question nearest to the one asked. */
export async function serveRecorded(path: string | URL, column: string): Promise<RecordedModel> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim())
  const rows = lines.map((line) => Row.parse(JSON.parse(line)))
  const recorded = rows.map((row) => ({ ...spelled(row.question), said: z.string().parse(row[column]) }))

  const answerTo = (question: string): string => {
    const asked = spelled(question)
    const score = (row: Spelled) => (asked.text.includes(row.text) ? 1 + row.text.length : likeness(asked, row))
    return recorded.reduce((best, row) => (score(row) > score(best) ? row : best)).said
  }

  const api = new Hono()
  api.get('/v1/models', (context) => context.json({ object: 'list', data: [{ id: NAME, object: 'model' }] }))
  api.post('/v1/chat/completions', async (context) => {
    const { model, stream, messages } = Asked.parse(await context.req.json())
    const said = answerTo(textOf(messages.findLast(({ role }) => role === 'user')?.content ?? ''))
    const common = { id: 'chatcmpl-recorded', created: 1, model }
    if (!stream) {
      const message = { role: 'assistant', content: said }
      const choices = [{ index: 0, message, finish_reason: 'stop' }]
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
      return context.json({ ...common, object: 'chat.completion', choices, usage })
    }
    return streamSSE(context, async (events) => {
      const chunk = (delta: object, finish_reason: string | null) =>
        events.writeSSE({
          data: JSON.stringify({
            ...common,
            object: 'chat.completion.chunk',
            choices: [{ index: 0, delta, finish_reason }],
          }),
        })
      await chunk({ role: 'assistant', content: said }, null)
      await chunk({}, 'stop')
      await events.writeSSE({ data: '[DONE]' })
    })
  })
  const server = createAdaptorServer({ fetch: api.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The recorded model has no port.')
  return {
    settings: {
      OPENAI_BASE_URL: `http://127.0.0.1:${address.port}/v1`,
      ASSISTANT_MODEL: NAME,
      BASE_MODEL: NAME,
      JUDGE_MODEL: NAME,
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve)
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
    },
  }
}

type Spelled = { text: string; words: ReadonlySet<string> }

function spelled(question: string): Spelled {
  const text = question
    .toLowerCase()
    .replace(/<@[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return { text, words: new Set(text.match(/[\p{L}\p{N}]+/gu)) }
}

/** The words that both have, as a share of all. */
function likeness({ words: asked }: Spelled, { words }: Spelled): number {
  return asked.intersection(words).size / (asked.union(words).size || 1)
}

function textOf(content: z.infer<typeof Asked>['messages'][number]['content']): string {
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join(' ')
}
