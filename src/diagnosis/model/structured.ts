import { z } from 'zod'
import type { AnswerForm, Completion, Completions } from './chat-completion.ts'
import type { ChatMessage } from './chat-message.ts'
import { ModelFaultError } from './errors.ts'

export type StructuredRequest<T> = {
  model: string
  messages: readonly ChatMessage[]
  /** A name for the schema, in letters. */
  name: string
  schema: z.ZodType<T>
}

/** A value accepted by the schema, or why there is none. */
export type Structured<T> = { kind: 'read'; value: T } | { kind: 'refused' } | { kind: 'unreadable' }

export type AskStructured = <T>(request: StructuredRequest<T>, signal: AbortSignal) => Promise<Structured<T>>

/** Enough for a reason, and for the reasoning that some models count in. */
const MAX_TOKENS = 4_000

/** What servers offer, the most reliable first. */
const WAYS = ['schema', 'json', 'text'] as const

/**
 * Asks for a value of a schema. A server without schemas is asked for JSON, and one without that for JSON in plain
 * text; whatever it promises, only a value accepted by our own schema counts.
 */
export function createStructured(answers: Completions): AskStructured {
  /** By model: a server that refused one way isn't asked that way again. */
  const ways = new Map<string, number>()
  return async function ask<T>(request: StructuredRequest<T>, signal: AbortSignal): Promise<Structured<T>> {
    const { model, name, schema } = request
    const way = WAYS[ways.get(model) ?? 0] ?? 'text'
    const form = z.toJSONSchema(schema)
    const messages = [...request.messages, instruction(form)]
    try {
      const wanted = formOf(way, name, form)
      const heard = await answers(
        { model, messages: joined(messages), mostTokens: MAX_TOKENS, ...(wanted && { form: wanted }) },
        signal,
      )
      return read(heard, schema)
    } catch (error) {
      if (!(error instanceof ModelFaultError)) throw error
      if (error.code === 'model_garbled') return { kind: 'unreadable' }
      const isLast = way === WAYS.at(-1)
      if (error.code !== 'model_rejected' || isLast) throw error
      ways.set(model, WAYS.indexOf(way) + 1)
      return ask(request, signal)
    }
  }
}

function formOf(way: (typeof WAYS)[number], name: string, schema: Record<string, unknown>): AnswerForm | null {
  if (way === 'schema') return { kind: 'schema', name, schema }
  return way === 'json' ? { kind: 'json' } : null
}

/** Also said in words: some servers accept a schema and ignore it. */
function instruction(schema: Record<string, unknown>): ChatMessage {
  const { $schema: _, ...plain } = schema
  return {
    role: 'system',
    content: `Answer with one JSON object and nothing else. Its schema: ${JSON.stringify(plain)}`,
  }
}

/** A single system message first: many templates allow no other. */
function joined(messages: readonly ChatMessage[]): ChatMessage[] {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  return [{ role: 'system', content: system.join('\n\n') }, ...messages.filter(({ role }) => role !== 'system')]
}

function read<T>({ text, refusal }: Completion, schema: z.ZodType<T>): Structured<T> {
  if (refusal !== null) return { kind: 'refused' }
  for (const candidate of candidatesIn(text)) {
    const value = schema.safeParse(candidate)
    if (value.success) return { kind: 'read', value: value.data }
  }
  return { kind: 'unreadable' }
}

/** The text as JSON; else the content of a fence, or what's between the outermost braces. */
function* candidatesIn(text: string): Generator<unknown> {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)```/.exec(text)?.[1]
  const braced = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  for (const one of [text, fenced, braced]) {
    if (!one?.trim()) continue
    try {
      yield JSON.parse(one)
    } catch {}
  }
}
