import { z } from 'zod'
import { Schema } from './generalist/filling.ts'

const Text = z.union([
  z.string(),
  z
    .array(z.object({ type: z.string(), text: z.string().optional() }))
    .transform((parts) => parts.map((part) => part.text ?? '').join('\n')),
])
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const

/** A chat completion as far as the stand-in understands it; what it does not understand it ignores, as servers do. */
export const ChatRequest = z.object({
  model: z.string().min(1),
  messages: z.array(z.object({ role: z.enum(ROLES), content: Text.nullish() })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  seed: z.int().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  n: z.literal(1, 'this stand-in gives one answer').nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({
          name: z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, _ and - only'),
          schema: Schema,
          strict: z.boolean().nullish(),
        }),
      }),
    ])
    .nullish(),
})
export type ChatRequest = z.infer<typeof ChatRequest>
