import { z } from 'zod'
import { parseMessage, parseWorkspaceRef, type SlackQuestion } from './payloads.ts'

/** The message that something happened to. */
export type MessageRef = { team: string; channel: string; ts: string }

export type MessageChange =
  | { kind: 'deleted'; message: MessageRef }
  /** `hasNewText` is false where Slack itself changed something, such as a thread's reply count. */
  | { kind: 'edited'; message: SlackQuestion; hasNewText: boolean; afterMs: number }

/** Exactly as Slack writes one: it goes into a search. */
const Ts = z.string().regex(/^\d{1,12}\.\d{1,9}$/)

const Deleted = z.object({
  event: z.object({
    type: z.literal('message'),
    subtype: z.literal('message_deleted'),
    channel: z.string().min(1),
    deleted_ts: Ts,
  }),
})

/** The first message of a thread stays as a stone with Slack's words on it. */
const Tombstone = z.object({
  event: z.object({
    type: z.literal('message'),
    subtype: z.literal('message_changed'),
    channel: z.string().min(1),
    message: z.object({ subtype: z.literal('tombstone'), ts: Ts }),
  }),
})

const Edited = z.object({
  event: z.object({
    type: z.literal('message'),
    subtype: z.literal('message_changed'),
    channel: z.string().min(1),
    channel_type: z.string().optional(),
    event_ts: z.string().optional(),
    message: z.looseObject({ ts: Ts, text: z.string().nullish() }),
    previous_message: z.looseObject({ text: z.string().nullish() }).nullish().catch(null),
  }),
})

/**
 * Parses an event as the edit or the deletion of a message; null for anything else, and for messages of apps. Slack
 * also sends an edit for what nobody typed, such as a preview of a link or a reply below the message.
 */
export function parseMessageChange(body: unknown, botUserId: string): MessageChange | null {
  const team = parseWorkspaceRef(body)?.team
  if (!team) return null
  const deleted = Deleted.safeParse(body).data?.event
  if (deleted) return { kind: 'deleted', message: { team, channel: deleted.channel, ts: deleted.deleted_ts } }
  const stone = Tombstone.safeParse(body).data?.event
  if (stone) return { kind: 'deleted', message: { team, channel: stone.channel, ts: stone.message.ts } }
  const edited = Edited.safeParse(body).data?.event
  if (!edited) return null
  const { channel, channel_type, message, previous_message: before } = edited
  const read = (from: object) =>
    parseMessage({ ...(body as object), event: { ...from, type: 'message', channel, channel_type } }, botUserId)
  const now = read(message)
  if (!now) return null
  const was = before ? read({ ...message, attachments: undefined, ...before }) : null
  return {
    kind: 'edited',
    message: now,
    hasNewText: was ? was.text !== now.text || was.hasMention !== now.hasMention : 'edited' in message,
    afterMs: (Number(edited.event_ts ?? message.ts) - Number(message.ts)) * 1_000,
  }
}
