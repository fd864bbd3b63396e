import { ApiError } from './api-error.ts'
import type { ChatRequest } from './chat-request.ts'
import { fillSchema, Schema } from './generalist/filling.ts'
import type { Conversation } from './learner/conversation.ts'

type Form = NonNullable<ChatRequest['response_format']>

/** Refuses what the real API refuses of a form, in its words. */
export function checkForm({ response_format: form, messages }: ChatRequest): void {
  if (form?.type === 'json_object' && !messages.some(({ content }) => /json/i.test(content ?? '')))
    throw new ApiError(
      400,
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      { param: 'messages' },
    )
  if (form?.type === 'json_schema' && form.json_schema.strict)
    checkStrict(form.json_schema.name, form.json_schema.schema, [])
}

/** A strict schema closes each object and requires all it names. */
function checkStrict(name: string, schema: unknown, path: readonly string[]): void {
  if (typeof schema !== 'object' || schema === null) return
  const { type, properties, required, additionalProperties, ...rest } = schema as Record<string, unknown>
  const refuse = (why: string) => {
    const context = `(${path.map((key) => `'${key}'`).join(', ')})`
    throw new ApiError(400, `Invalid schema for response_format '${name}': In context=${context}, ${why}`, {
      param: 'response_format',
    })
  }
  const keys = typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
  if (type === 'object' && additionalProperties !== false)
    refuse("'additionalProperties' is required to be supplied and to be false.")
  const missing = keys.find((key) => !(Array.isArray(required) && required.includes(key)))
  if (missing !== undefined)
    refuse(
      `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
    )
  for (const key of keys) checkStrict(name, (properties as Record<string, unknown>)[key], [...path, 'properties', key])
  for (const [key, inner] of Object.entries(rest))
    for (const one of Array.isArray(inner) ? inner : [inner]) checkStrict(name, one, [...path, key])
}

/** The answer in the form that was asked for: as it is if it is JSON already, else the form filled from the prompt. */
export function inForm(said: string, form: Form | null | undefined, conversation: Conversation, seed: number): string {
  if (!form || form.type === 'text') return said
  const own = jsonObject(said)
  if (own) return JSON.stringify(own)
  const schema = form.type === 'json_schema' ? form.json_schema.schema : schemaIn(conversation.system)
  return JSON.stringify(schema ? fillSchema(schema, conversation, seed) : { answer: said })
}

function jsonObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

/** A schema that the instructions show. */
function schemaIn(text: string): Schema | null {
  const start = text.indexOf('{')
  const read = Schema.safeParse(start < 0 ? null : jsonObject(text.slice(start, text.lastIndexOf('}') + 1)))
  return read.success && read.data.properties ? read.data : null
}
