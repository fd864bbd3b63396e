import { z } from 'zod'
import type { Conversation } from '../learner/conversation.ts'
import { answerAsGeneralist } from './answer.ts'
import { guessCategory } from './categories.ts'
import { chooseSection, sectionsOf } from './sections.ts'

/** JSON Schema as far as it is read here; what else it says is not looked at. */
export type Schema = {
  type?: string | string[] | undefined
  enum?: unknown[] | undefined
  const?: unknown
  properties?: Record<string, Schema> | undefined
  items?: Schema | undefined
  minItems?: number | undefined
  anyOf?: Schema[] | undefined
  $ref?: string | undefined
  $defs?: Record<string, Schema> | undefined
}
export const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).min(1).optional(),
    const: z.unknown().optional(),
    properties: z.record(z.string(), Schema).optional(),
    items: Schema.optional(),
    minItems: z.number().optional(),
    anyOf: z.array(Schema).min(1).optional(),
    $ref: z.string().optional(),
    $defs: z.record(z.string(), Schema).optional(),
  }),
)

/** A form that holds itself ends somewhere. */
const MAX_DEPTH = 12
const MAX_ITEMS = 100
const YES = /\b(?:yes|true|correct|right|agree)\b/i

/**
 * Fills a form as one does who knows nothing but the prompt: choices by what it says, numbers that stand in it, and for
 * text the plain answer.
 */
export function fillSchema(schema: Schema, conversation: Conversation, seed: number): unknown {
  const asked = `${conversation.system}\n${conversation.question}`
  const sections = sectionsOf(conversation.question)
  const numbers = (conversation.question.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number)
  const fill = (form: Schema, depth: number): unknown => {
    if (depth > MAX_DEPTH) return null
    if (form.$ref) return fill(schema.$defs?.[form.$ref.split('/').at(-1) ?? ''] ?? {}, depth + 1)
    if (form.const !== undefined) return form.const
    if (form.enum) return choose(form.enum)
    if (form.anyOf?.[0]) return fill(form.anyOf[0], depth + 1)
    const type = Array.isArray(form.type) ? form.type[0] : (form.type ?? (form.properties ? 'object' : 'string'))
    if (type === 'object')
      return Object.fromEntries(Object.entries(form.properties ?? {}).map(([key, one]) => [key, fill(one, depth + 1)]))
    if (type === 'array')
      return Array.from({ length: Math.min(form.minItems ?? 1, MAX_ITEMS) }, () => fill(form.items ?? {}, depth + 1))
    if (type === 'integer') return numbers.find(Number.isInteger) ?? 0
    if (type === 'number') return numbers[0] ?? 0
    if (type === 'boolean') return YES.test(conversation.question)
    return type === 'null' ? null : answerAsGeneralist(conversation, seed)
  }
  const choose = (options: readonly unknown[]): unknown => {
    const names = options.filter((option) => typeof option === 'string')
    if (names.length < options.length || names.length === 0) return options[0]
    return chooseSection(names, sections) ?? guessCategory(names, sections.length > 0 ? asked : conversation.question)
  }
  return fill(schema, 0)
}
