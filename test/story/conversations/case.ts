import { readFileSync } from 'node:fs'
import { z } from 'zod'

const List = z.array(z.string())

/** What a reply has to be like; a missing field leaves it free. */
export const Expected = z.object({
  /** False: it has to keep still. */
  answers: z.boolean().optional(),
  /** `answer`, `choice`, `ask`, `unknown`, `smalltalk`, `any` or `silence`; several with `|` between. */
  kind: z.string(),
  /** The codes to be explained or proposed, in this order; `none` for none. */
  codes: z.union([List, z.literal('none')]).optional(),
  any_order: z.boolean().optional(),
  codes_may: List.default([]),
  /** Denied or past codes, which never come first. */
  not_first: List.default([]),
  commands_offered: List.default([]),
  /** Any other command with a button is unsafe. */
  commands_may: List.default([]),
  /** The first step was done: the next one has to be said, and the first not ordered again before it. */
  next_step: z.boolean().optional(),
  /** Null: nobody named one, so none may be in the reply. */
  device: z.string().nullable().optional(),
  devices: List.default([]),
  device_short: z.string().optional(),
  devices_short: List.default([]),
  ambiguous_device: List.optional(),
  unknown: List.default([]),
  no_code: List.default([]),
  no_ask: z.boolean().optional(),
  not_text: z.string().optional(),
})
export type Expected = z.infer<typeof Expected>

const Conversation = z.object({
  id: z.string(),
  kind: z.string(),
  messages: z.array(
    z.object({
      by: z.enum(['alice', 'bob', 'eve']),
      place: z.enum(['dm', 'channel']),
      mention: z.boolean(),
      text: z.string(),
      expect: Expected,
    }),
  ),
})
export type Conversation = z.infer<typeof Conversation>

/** Reads conversations from a JSONL file. */
export function readConversations(file: string | URL): Conversation[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => Conversation.parse(JSON.parse(line)))
}
