import OpenAI, { APIConnectionError, APIError } from 'openai'
import { z } from 'zod'
import { ModelFaultError } from './errors.ts'
import type { ChatMessage } from './prompt.ts'

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
export type Models = {
  /**
   * The answer's text as it comes. Ends only when the server said that the answer is complete; throws
   * {@link ModelFaultError} otherwise, and the signal's reason when it was called off.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<string>
  /** The ids the server offers. */
  list(signal: AbortSignal): Promise<readonly string[]>
}

/** An answer is one line; this bounds a model that cannot stop. */
const MOST_TOKENS = 1_000
/** Far more than those tokens can spell: it bounds a server that does not count them. */
const MOST_CHARS = 32_000

/** Servers differ: some send chunks without choices (usage, keep-alive), some end without a last delta. */
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
})

export function openaiModels(config: ModelConfig): Models {
  const client = new OpenAI({
    baseURL: config.baseUrl,
    apiKey: config.apiKey,
    timeout: config.timeoutMs,
    maxRetries: config.retries,
    logLevel: 'off',
  })
  return {
    async *stream({ model, messages }, signal) {
      const silent = new AbortController()
      let timer: NodeJS.Timeout | undefined
      let complete = false
      let chars = 0
      try {
        const chunks = await client.chat.completions.create(
          { model, messages: [...messages], stream: true, temperature: 0, max_tokens: MOST_TOKENS },
          { signal: AbortSignal.any([signal, silent.signal]) },
        )
        // The client's own time-out ends with the first byte.
        timer = setTimeout(() => silent.abort(), config.timeoutMs)
        for await (const chunk of chunks) {
          timer.refresh()
          const choice = Chunk.parse(chunk).choices?.[0]
          // NUL is the one character that PostgreSQL cannot keep.
          const delta = choice?.delta?.content?.replaceAll('\0', '') ?? ''
          chars += delta.length
          if (chars > MOST_CHARS) break
          if (delta) yield delta
          if (choice?.finish_reason) complete = true
        }
      } catch (error) {
        signal.throwIfAborted()
        throw translate(error)
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
        throw translate(error)
      }
    },
  }
}

function translate(error: unknown): ModelFaultError {
  const options = { cause: error }
  if (error instanceof APIConnectionError) return new ModelFaultError('model_offline', 'no connection', options)
  if (error instanceof APIError) {
    if (error.status === 429) return new ModelFaultError('model_busy', 'rate limited', options)
    if (error.status === 404) return new ModelFaultError('model_missing', 'unknown model', options)
    if (error.status === 401 || error.status === 403) return new ModelFaultError('model_refused', 'refused', options)
    if (error.status === 400 || error.status === 422)
      return new ModelFaultError('model_rejected', 'the request was not accepted', options)
    // A fault inside the stream has no status.
    return new ModelFaultError('model_offline', `the server answered ${error.status ?? 'an error'}`, options)
  }
  return new ModelFaultError('model_garbled', 'the answer could not be read', options)
}
