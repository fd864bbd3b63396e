import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai'
import { isAbort } from '../lib/errors.ts'
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
   * {@link ModelFaultError} otherwise, and an abort error when the signal says so.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<string>
  /** The ids the server offers. */
  list(signal: AbortSignal): Promise<readonly string[]>
}

/** An answer is one line; this bounds a model that cannot stop. */
const MOST_TOKENS = 1_000

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
      let complete = false
      try {
        const chunks = await client.chat.completions.create(
          { model, messages: [...messages], stream: true, temperature: 0, max_tokens: MOST_TOKENS },
          { signal },
        )
        for await (const chunk of chunks) {
          // Servers differ: some send chunks without choices (usage, keep-alive), some end without a last delta.
          const choice = chunk.choices?.[0]
          if (choice?.delta?.content) yield choice.delta.content
          if (choice?.finish_reason) complete = true
        }
      } catch (error) {
        throw translate(error)
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
        throw translate(error)
      }
    },
  }
}

function translate(error: unknown): unknown {
  if (error instanceof ModelFaultError || error instanceof APIUserAbortError || isAbort(error)) return error
  const options = { cause: error }
  if (error instanceof APIConnectionError) return new ModelFaultError('model_offline', 'no connection', options)
  if (error instanceof APIError) {
    if (error.status === 429) return new ModelFaultError('model_busy', 'rate limited', options)
    if (error.status === 404) return new ModelFaultError('model_missing', 'unknown model', options)
    if (error.status === 401 || error.status === 403) return new ModelFaultError('model_refused', 'refused', options)
    // A fault inside the stream has no status.
    return new ModelFaultError('model_offline', `the server answered ${error.status ?? 'an error'}`, options)
  }
  return new ModelFaultError('model_garbled', 'the answer could not be read', options)
}
