import OpenAI from 'openai'
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import { z } from 'zod'
import type { ModelConfig, ModelRequest } from './chat-stream.ts'
import { ModelFaultError } from './errors.ts'
import { createUnsupportedParameters, readModelFault } from './model-faults.ts'

/** A complete answer, and the server's token counts. */
export type Completion = {
  text: string
  /** The model's words for refusing, where the server reports them separately. */
  refusal: string | null
  usage: { promptTokens: number; completionTokens: number } | null
}

/** The requested form of the answer; what the server makes of it must be checked. */
export type AnswerForm = { kind: 'json' } | { kind: 'schema'; name: string; schema: Record<string, unknown> }

export type CompletionRequest = ModelRequest & { form?: AnswerForm; mostTokens?: number }

/**
 * Complete answers with one attempt each, for when nobody watches the text arrive. Throws {@link ModelFaultError}, with
 * the wait the server asks for, or the signal's reason when aborted.
 */
export type Completions = (request: CompletionRequest, signal: AbortSignal) => Promise<Completion>

const MAX_TOKENS = 1_000

const Count = z.number().int().nonnegative()
/** Servers omit what they don't count, or send null. */
const Answered = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: Count, completion_tokens: Count }).nullish().catch(null),
})

export function openaiCompletions(config: Omit<ModelConfig, 'retries'>): Completions {
  const { baseUrl: baseURL, apiKey, timeoutMs: timeout } = config
  const client = new OpenAI({ baseURL, apiKey, timeout, maxRetries: 0, logLevel: 'off' })
  const dropping = createUnsupportedParameters()

  const bodyOf = ({ model, messages, form, mostTokens }: CompletionRequest): ChatCompletionCreateParamsNonStreaming => {
    return dropping.without<ChatCompletionCreateParamsNonStreaming>({
      model,
      messages: [...messages],
      temperature: 0,
      max_tokens: mostTokens ?? MAX_TOKENS,
      ...(form?.kind === 'json' && { response_format: { type: 'json_object' } }),
      ...(form?.kind === 'schema' && {
        response_format: { type: 'json_schema', json_schema: { name: form.name, strict: true, schema: form.schema } },
      }),
    })
  }

  return async function answer(request, signal) {
    try {
      const read = Answered.parse(await client.chat.completions.create(bodyOf(request), { signal }))
      const [choice] = read.choices
      // PostgreSQL can't store NUL.
      const text = choice?.message.content?.replaceAll('\0', '') ?? ''
      if (choice?.finish_reason === 'length' && request.form)
        throw new ModelFaultError('model_garbled', 'the answer was cut off')
      return {
        text,
        refusal: choice?.message.refusal ?? (choice?.finish_reason === 'content_filter' ? 'filtered' : null),
        usage: read.usage
          ? { promptTokens: read.usage.prompt_tokens, completionTokens: read.usage.completion_tokens }
          : null,
      }
    } catch (error) {
      signal.throwIfAborted()
      if (dropping.learns(request.model, error)) return answer(request, signal)
      throw readModelFault(error)
    }
  }
}
