import { z } from 'zod'
import { unescapeSlack } from './escaping.ts'
import { type Person, parseWorkspaceRef } from './payloads.ts'

const text = z.string().default('').catch('')
const Attachment = z.object({ pretext: text, title: text, text, fallback: text }).partial()

const MessageShortcut = z.object({
  trigger_id: text,
  user: z.object({ id: z.string().min(1) }),
  channel: z.object({ id: z.string().min(1) }),
  message: z.object({
    ts: z.string().min(1),
    thread_ts: z.string().optional(),
    text,
    attachments: z.array(Attachment).default([]).catch([]),
    files: z.array(z.unknown()).default([]).catch([]),
  }),
})

export type MessageShortcut = {
  person: Person
  channel: string
  /** The message and the root of its thread. */
  ts: string
  threadTs: string
  text: string
  hasFiles: boolean
  triggerId: string
}

/** The message somebody picked from its menu; other apps put their text in attachments. */
export function parseMessageShortcut(body: unknown): MessageShortcut | null {
  const read = MessageShortcut.safeParse(body)
  const team = parseWorkspaceRef(body)?.team
  if (!read.success || !team) return null
  const { user, channel, message, trigger_id: triggerId } = read.data
  const parts = message.attachments.map(
    ({ pretext, title, text, fallback }) => [pretext, title, text].filter(Boolean).join('\n') || (fallback ?? ''),
  )
  return {
    person: { user: user.id, team },
    channel: channel.id,
    ts: message.ts,
    threadTs: message.thread_ts ?? message.ts,
    text: unescapeSlack([message.text, ...parts].filter(Boolean).join('\n')).trim(),
    hasFiles: message.files.length > 0,
    triggerId,
  }
}

const GlobalShortcut = z.object({ trigger_id: z.string().min(1), user: z.object({ id: z.string().min(1) }) })

export type GlobalShortcut = { person: Person; triggerId: string }

export function parseGlobalShortcut(body: unknown): GlobalShortcut | null {
  const read = GlobalShortcut.safeParse(body)
  const team = parseWorkspaceRef(body)?.team
  return read.success && team ? { person: { user: read.data.user.id, team }, triggerId: read.data.trigger_id } : null
}
