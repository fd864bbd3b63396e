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
  /** Bound on one attempt's first byte and on silence in mid-stream. */
  timeoutMs: number
  /** Further attempts before the first token; the caller's signal bounds them all. */
  retries: number
}

export type ModelRequest = { model: string; messages: readonly ChatMessage[] }

/** The one port to chat models, whoever serves them. */
export type ChatModels = {
  /**
   * The answer's text as it comes. Ends only when the server said that the answer is complete; throws {@link
   * ModelFaultError} otherwise, and the signal's reason when it is aborted.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<string>
  /** The ids the server offers. */
  list(signal: AbortSignal): Promise<readonly string[]>
}

/** An answer is one line; this bounds a model that cannot stop. */
const MAX_TOKENS = 1_000

/** Far more than those tokens can spell: it bounds a server that does not count them. */
const MAX_CHARS = 32_000

/**
 * How OpenAI ends a stream, behind a chunk with a `finish_reason`. Other servers leave out the one or the other: either
 * says that the answer is complete, this one only of an answer that has words.
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
        // The client's own time-out ends with the first byte.
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

/** What some chunks say, up to the first that cannot be read or tells of a fault. */
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
      // NUL is the one character that PostgreSQL cannot keep.
      heard.said += choice?.delta?.content?.replaceAll('\0', '') ?? ''
      if (choice?.finish_reason) heard.hasReason = true
    }
  } catch (fault) {
    heard.fault = fault
  }
  return heard
}
