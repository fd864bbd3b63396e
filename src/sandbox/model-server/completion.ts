import type { ChatRequest } from './chat-request.ts'
import { newId, nowSeconds } from './ids.ts'
import { piecesOf } from './learner/text.ts'
import { splitAnswer, type ToolCall } from './tool-calls.ts'

/** An answer in the pieces it is streamed in, and what is told beside it. */
export type Completion = {
  id: string
  created: number
  model: string
  pieces: string[]
  toolCalls: ToolCall[]
  finishReason: 'stop' | 'length' | 'tool_calls'
  usage: Usage
}

type Usage = {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details: { cached_tokens: 0; audio_tokens: 0 }
  completion_tokens_details: { reasoning_tokens: 0; audio_tokens: 0 }
}

export const FINGERPRINT = 'fp_stand_in'

/** Cuts an answer into pieces, no more of them than were asked for. */
export function completionOf(request: ChatRequest, answer: string): Completion {
  const { content, toolCalls } = splitAnswer(answer)
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY
  const all = piecesOf(content)
  const pieces = all.slice(0, limit)
  const prompt = request.messages.reduce((sum, message) => sum + piecesOf(message.content ?? '').length, 0)
  const calls = toolCalls.reduce((sum, call) => sum + piecesOf(call.function.arguments).length, 0)
  return {
    id: newId('chatcmpl-'),
    created: nowSeconds(),
    model: request.model,
    pieces,
    toolCalls,
    finishReason: pieces.length < all.length ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop',
    usage: {
      prompt_tokens: prompt,
      completion_tokens: pieces.length + calls,
      total_tokens: prompt + pieces.length + calls,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
  }
}

/** The whole answer in one object. */
export function asObject(done: Completion): object {
  const content = done.pieces.join('')
  return {
    id: done.id,
    object: 'chat.completion',
    created: done.created,
    model: done.model,
    system_fingerprint: FINGERPRINT,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && done.toolCalls.length > 0 ? null : content,
          refusal: null,
          ...(done.toolCalls.length > 0 ? { tool_calls: done.toolCalls } : {}),
        },
        logprobs: null,
        finish_reason: done.finishReason,
      },
    ],
    usage: done.usage,
  }
}

/** The chunks of a stream: one that opens it, one a piece, one that ends it, and the usage if it was asked for. */
export function* chunksOf(done: Completion, includeUsage: boolean): Generator<object> {
  const frame = {
    id: done.id,
    object: 'chat.completion.chunk',
    created: done.created,
    model: done.model,
    system_fingerprint: FINGERPRINT,
    ...(includeUsage ? { usage: null } : {}),
  }
  const chunk = (delta: object, reason: string | null = null) => ({
    ...frame,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  })
  yield chunk({ role: 'assistant', content: done.toolCalls.length > 0 ? null : '', refusal: null })
  for (const piece of done.pieces) yield chunk({ content: piece })
  if (done.toolCalls.length > 0) {
    yield chunk({ tool_calls: done.toolCalls.map((call, index) => ({ index, ...call })) })
  }
  yield chunk({}, done.finishReason)
  if (includeUsage) yield { ...frame, choices: [], usage: done.usage }
}
