import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Environment } from '../../../src/config/env.ts'

export type ServedModel = AsyncDisposable & {
  /** The settings with which the app asks it. */
  settings: Environment
}

const NAME = 'not-to-be-trusted'

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

/** Serves a model that says this to the last thing a person said, whatever else the prompt holds. */
export async function serveModel(answerTo: (question: string) => string): Promise<ServedModel> {
  const api = new Hono()
  api.get('/v1/models', (context) => context.json({ object: 'list', data: [{ id: NAME, object: 'model' }] }))
  api.post('/v1/chat/completions', async (context) => {
    const { model, stream, messages } = Asked.parse(await context.req.json())
    const content = answerTo(textOf(messages.findLast(({ role }) => role === 'user')?.content ?? ''))
    const common = { id: 'chatcmpl-1', created: 1, model }
    if (!stream) {
      const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
      return context.json({ ...common, object: 'chat.completion', choices, usage })
    }
    return streamSSE(context, async (events) => {
      const send = (delta: object, finish_reason: string | null) => {
        const choices = [{ index: 0, delta, finish_reason }]
        return events.writeSSE({ data: JSON.stringify({ ...common, object: 'chat.completion.chunk', choices }) })
      }
      await send({ role: 'assistant', content }, null)
      await send({}, 'stop')
      await events.writeSSE({ data: '[DONE]' })
    })
  })
  const server = createAdaptorServer({ fetch: api.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The model server has no port.')
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

function textOf(content: z.infer<typeof Asked>['messages'][number]['content']): string {
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join(' ')
}
