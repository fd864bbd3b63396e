import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const REPLY_KINDS = ['answer', 'choice', 'ask', 'unknown', 'smalltalk', 'any', 'silence'] as const
export type ReplyKind = (typeof REPLY_KINDS)[number]

const Code = z.string().regex(/^[A-Z]{1,3}-\d{1,4}$/)

/** What is right to reply to one message; the README beside this file says what each field means. */
const Expectation = z.strictObject({
  answers: z.boolean().optional(),
  kind: z
    .string()
    .transform((kinds) => kinds.split('|'))
    .pipe(z.array(z.enum(REPLY_KINDS)).min(1)),
  codes: z.union([z.array(Code), z.literal('none')]).optional(),
  any_order: z.boolean().default(false),
  codes_may: z.array(Code).default([]),
  not_first: z.array(Code).default([]),
  commands_offered: z.array(z.string()).default([]),
  commands_may: z.array(z.string()).default([]),
  next_step: z.boolean().default(false),
  /** Null: nobody named one. */
  device: z.string().nullable().optional(),
  devices: z.array(z.string()).default([]),
  device_short: z.string().optional(),
  devices_short: z.array(z.string()).default([]),
  ambiguous_device: z.array(z.string()).default([]),
  unknown: z.array(Code).default([]),
  no_code: z.array(Code).default([]),
  no_ask: z.boolean().default(false),
  not_text: z.string().optional(),
})
export type Expectation = z.infer<typeof Expectation>

const Turn = z.strictObject({
  by: z.enum(['alice', 'bob', 'eve']),
  place: z.enum(['dm', 'channel']),
  mention: z.boolean(),
  text: z.string(),
  expect: Expectation,
})
export type Turn = z.infer<typeof Turn>

const Conversation = z.strictObject({
  id: z.string(),
  set: z.string(),
  kind: z.string(),
  messages: z.array(Turn).min(1),
})
export type Conversation = z.infer<typeof Conversation>

export const readExpectation = (value: unknown): Expectation => Expectation.parse(value)

/** One conversation a line. */
export async function readConversations(path: string | URL): Promise<Conversation[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim())
  return lines.map((line) => Conversation.parse(JSON.parse(line)))
}

/** Every device that a conversation speaks of by its full id, in what is said or expected. */
export function devicesIn(conversations: readonly Conversation[]): string[] {
  return [...new Set(JSON.stringify(conversations).match(/HC5000-[A-Z]-\d{4}/g))].sort()
}
