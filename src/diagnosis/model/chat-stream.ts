import OpenAI from 'openai'
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import { z } from 'zod'
import type { ChatMessage } from './chat-message.ts'
import { ModelFaultError } from './errors.ts'
import { createUnsupportedParameters, readModelFault } from './model-faults.ts'
import { readEventData } from './sse-data.ts'

export type ModelConfig = {
  baseUrl: string
  apiKey: string
  /** Limits the time to the first byte and any silence in mid-stream. */
  timeoutMs: number
  /** Retries before the first token; the caller's signal bounds them all. */
  retries: number
}

export type ModelRequest = { model: string; messages: readonly ChatMessage[] }

/** The one port to chat models, on any server. */
export type ChatModels = {
  /**
   * The answer's text as it arrives. Ends only when the server says the answer is complete; otherwise throws {@link
   * ModelFaultError}, or the signal's reason when aborted.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<string>
  /** The model ids the server offers. */
  list(signal: AbortSignal): Promise<readonly string[]>
}

/** An answer is one line; this bounds a model that can't stop. */
const MAX_TOKENS = 1_000

/** Far more than those tokens can spell; bounds a server that doesn't count them. */
const MAX_CHARS = 32_000

/**
 * OpenAI ends a stream with this, after a chunk with a `finish_reason`. Other servers omit one or the other: either
 * means the answer is complete, this one only if the answer has text.
 */
const DONE = '[DONE]'

/** Servers differ: some send chunks without choices (usage, keep-alive), some end without a last delta. */
const Chunk = z.object({
  error: z.unknown().optional(),
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
})

export function openaiModels(config: ModelConfig): ChatModels {
  const client = new OpenAI({
    baseURL: config.baseUrl,
    apiKey: config.apiKey,
    timeout: config.timeoutMs,
    maxRetries: config.retries,
    logLevel: 'off',
  })
  const dropping = createUnsupportedParameters()
  const begin = async ({ model, messages }: ModelRequest, signal: AbortSignal): Promise<Response> => {
    const body = dropping.without<ChatCompletionCreateParamsStreaming>({
      ...{ model, messages: [...messages], stream: true },
      ...{ temperature: 0, max_tokens: MAX_TOKENS },
    })
    try {
      return await client.chat.completions.create(body, { signal }).asResponse()
    } catch (error) {
      if (dropping.learns(model, error)) return begin({ model, messages }, signal)
      throw error
    }
  }
  return {
    async *stream(request, signal) {
      const silent = new AbortController()
      let timer: NodeJS.Timeout | undefined
      let complete = false
      let chars = 0
      try {
        const { body } = await begin(request, AbortSignal.any([signal, silent.signal]))
        // The client's own timeout ends with the first byte.
        timer = setTimeout(() => silent.abort(), config.timeoutMs)
        for await (const events of readEventData(body ?? ReadableStream.from<Uint8Array>([]))) {
          timer.refresh()
          const heard = readChunks(events)
          chars += heard.said.length
          if (chars > MAX_CHARS) break
          if (heard.said) yield heard.said
          if (heard.fault) throw heard.fault
          complete ||= heard.hasReason || (heard.isDone && chars > 0)
        }
      } catch (error) {
        signal.throwIfAborted()
        throw readModelFault(error)
      } finally {
        clearTimeout(timer)
      }
      signal.throwIfAborted()
      if (!complete) throw new ModelFaultError('model_garbled', 'the stream ended before the answer was complete')
    },
    async list(signal) {
      try {
        const ids: string[] = []
        for await (const model of client.models.list({ signal })) ids.push(model.id)
        return ids
      } catch (error) {
        signal.throwIfAborted()
        throw readModelFault(error)
      }
    },
  }
}

type Delta = { said: string; hasReason: boolean; isDone: boolean; fault: unknown }

/** What the chunks say, up to the first that can't be read or reports a fault. */
function readChunks(chunks: readonly string[]): Delta {
  const heard: Delta = { said: '', hasReason: false, isDone: false, fault: null }
  try {
    for (const data of chunks) {
      if (data === DONE) {
        heard.isDone = true
        continue
      }
      const { error, choices } = Chunk.parse(JSON.parse(data))
      if (error)
        throw new ModelFaultError('model_offline', 'the server told of a fault in mid-answer', { cause: error })
      const choice = choices?.[0]
      // PostgreSQL can't store NUL.
      heard.said += choice?.delta?.content?.replaceAll('\0', '') ?? ''
      if (choice?.finish_reason) heard.hasReason = true
    }
  } catch (fault) {
    heard.fault = fault
  }
  return heard
}
