import type { Context } from 'hono'
import { Hono } from 'hono'
import { answer } from '../answering.ts'
import { ChatRequest } from '../chat-request.ts'
import { asObject, type Completion, chunksOf, completionOf } from '../completion.ts'
import { GARBAGE } from '../faults.ts'
import type { Latency } from '../latency.ts'
import { readConversation } from '../learner/conversation.ts'
import type { Models } from '../models.ts'
import { checkForm, inForm } from '../response-form.ts'
import { type Env, readBody } from './door.ts'

const encoder = new TextEncoder()
const asEvent = (data: object | '[DONE]') =>
  encoder.encode(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)

/** The events of a stream as fast as the latency lets them come; it ends early when the client is gone. */
async function* streamed(
  done: Completion,
  by: { latency: Latency; includeUsage: boolean; signal: AbortSignal; cutAfter: number; cut: () => void },
): AsyncGenerator<Uint8Array> {
  try {
    let sent = 0
    await by.latency.beforeFirst(by.signal)
    for (const chunk of chunksOf(done, by.includeUsage)) {
      if (sent === by.cutAfter) return by.cut()
      if (sent > 1) await by.latency.forTokens(1, by.signal)
      yield asEvent(chunk)
      sent += 1
    }
    yield asEvent('[DONE]')
  } catch (error) {
    if (!by.signal.aborted) throw error
  }
}

/** Breaks the connection, once what was written has gone out. */
const hangUp = (c: Context<Env>): void => c.env.incoming.socket.destroySoon()

/** Sends the head and half of an answer, then breaks the connection. */
function cutInTheMiddle(c: Context<Env>, body: string): Response {
  const half = encoder.encode(body.slice(0, body.length / 2))
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(half),
    pull: () => hangUp(c),
  })
  return c.body(stream, 200, { 'content-type': 'application/json' })
}

/** `/chat/completions`, in one piece or streamed. */
export function chatRoutes(models: Models, latency: Latency): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/', async (c) => {
    const request = await readBody(c, ChatRequest)
    checkForm(request)
    c.get('noteModel')(request.model)
    const knowledge = await models.knowledgeOf(request.model)
    const messages = request.messages.map(({ role, content }) => ({ role, content: content ?? '' }))
    const fault = c.get('fault')
    const conversation = readConversation(messages)
    const seed = request.seed ?? 0
    const said =
      fault?.answer === undefined
        ? inForm(answer(knowledge, conversation, seed), request.response_format, conversation, seed)
        : fault.answer === 'garbage'
          ? GARBAGE
          : ''
    const done = completionOf(request, said)
    const signal = c.req.raw.signal
    if (request.stream) {
      const events = streamed(done, {
        latency,
        includeUsage: request.stream_options?.include_usage === true,
        signal,
        cutAfter: fault?.cutAfterChunks ?? -1,
        cut: () => hangUp(c),
      })
      return c.body(ReadableStream.from(events), 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      })
    }
    await latency.beforeFirst(signal)
    await latency.forTokens(done.pieces.length, signal)
    if (fault?.cutAfterChunks !== undefined) return cutInTheMiddle(c, JSON.stringify(asObject(done)))
    return c.json(asObject(done))
  })
  return app
}
