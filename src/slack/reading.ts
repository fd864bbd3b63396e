import { z } from 'zod'
import type { NewQuestion } from '../diagnosis/records.ts'
import { unescapeSlack } from './escaping.ts'

/** Who did something in Slack: both ids, since a user id is unique only within its workspace. */
export type Person = { user: string; team: string }

const Envelope = z.object({
  team_id: z.string().nullish(),
  authorizations: z.array(z.object({ team_id: z.string().nullish() })).optional(),
  event: z.unknown(),
})

/** The shapes a question may have: a person's own new message, with or without files. Edits, bots, joins are not. */
const MessageEvent = z.object({
  type: z.enum(['message', 'app_mention']),
  subtype: z.literal('file_share').nullish(),
  bot_id: z.null().optional(),
  user: z.string().min(1),
  channel: z.string().min(1),
  channel_type: z.string().optional(),
  ts: z.string().min(1),
  thread_ts: z.string().optional(),
  text: z.string().default(''),
  files: z.array(z.unknown()).optional(),
})

/** Slack's own notices come from this user. */
const SLACKBOT = 'USLACKBOT'

export type ReadMessage = NewQuestion & { hasMention: boolean; hasFiles: boolean }

/**
 * Reads an event as a message somebody wrote; null for all else. `team` is the workspace we are installed in, which is
 * the first authorization's: the asker may come from another.
 */
export function readMessage(body: unknown, botUserId: string): ReadMessage | null {
  const envelope = Envelope.safeParse(body)
  if (!envelope.success) return null
  const event = MessageEvent.safeParse(envelope.data.event)
  if (!event.success) return null
  const { type, user, channel, ts, text, files } = event.data
  if (user === botUserId || user === SLACKBOT || user === 'USLACK') return null
  const team = envelope.data.authorizations?.[0]?.team_id ?? envelope.data.team_id
  if (!team) return null
  const mention = `<@${botUserId}>`
  const hasMention = type === 'app_mention' || text.includes(mention)
  return {
    team,
    channel,
    ts,
    threadTs: event.data.thread_ts ?? null,
    userId: user,
    channelType: event.data.channel_type ?? (channel.startsWith('D') ? 'im' : 'channel'),
    way: hasMention ? 'mention' : 'message',
    text: unescapeSlack(text.replaceAll(mention, ' '))
      .replace(/[ \t]+/g, ' ')
      .trim(),
    hasMention,
    hasFiles: (files?.length ?? 0) > 0,
  }
}

const Reaction = z.object({
  type: z.enum(['reaction_added', 'reaction_removed']),
  user: z.string().min(1),
  reaction: z.string().min(1),
  item: z.object({ type: z.literal('message'), channel: z.string(), ts: z.string() }),
  event_ts: z.string(),
})
export type ReadReaction = z.infer<typeof Reaction>

export function readReactionEvent(event: unknown): ReadReaction | null {
  const read = Reaction.safeParse(event)
  return read.success ? read.data : null
}

/** A click on a message or in a view. `value` may have been shaped by anyone: it is an id to look up, no more. */
const Click = z.object({
  user: z.object({ id: z.string(), team_id: z.string().nullish() }),
  team: z.object({ id: z.string() }).nullish(),
  trigger_id: z.string().default(''),
  response_url: z.string().optional(),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  view: z.object({ id: z.string(), hash: z.string().optional(), private_metadata: z.string().default('') }).optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string().optional() }))
    .min(1),
})
export type ReadClick = { person: Person; value: string; at: string } & Pick<
  z.infer<typeof Click>,
  'trigger_id' | 'response_url' | 'channel' | 'message' | 'view'
>

export function readClick(body: unknown): ReadClick | null {
  const read = Click.safeParse(body)
  const [action] = read.data?.actions ?? []
  if (!read.success || !action) return null
  const { user, team, trigger_id, response_url, channel, message, view } = read.data
  return {
    person: { user: user.id, team: team?.id ?? user.team_id ?? '' },
    value: action.value ?? '',
    at: action.action_ts ?? '',
    trigger_id,
    response_url,
    channel,
    message,
    view,
  }
}

const Submission = z.object({
  user: z.object({ id: z.string(), team_id: z.string().nullish() }),
  team: z.object({ id: z.string() }).nullish(),
  view: z.object({
    id: z.string(),
    private_metadata: z.string().default(''),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  }),
})
const Input = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
})

/** A sent form: what stood in each input by its block id ('' where nothing did). */
export type ReadForm = { person: Person; metadata: string; viewId: string; values: Readonly<Record<string, string>> }

export function readForm(body: unknown): ReadForm | null {
  const read = Submission.safeParse(body)
  if (!read.success) return null
  const { user, team, view } = read.data
  const values = Object.entries(view.state.values).map(([block, elements]) => {
    const input = Input.safeParse(Object.values(elements)[0])
    const { value, selected_option, selected_options } = input.data ?? {}
    return [block, value ?? selected_option?.value ?? selected_options?.map((o) => o.value).join(',') ?? ''] as const
  })
  return {
    person: { user: user.id, team: team?.id ?? user.team_id ?? '' },
    metadata: view.private_metadata,
    viewId: view.id,
    values: Object.fromEntries(values),
  }
}

const Command = z.object({
  command: z.string(),
  text: z.string().default(''),
  user_id: z.string(),
  team_id: z.string(),
  channel_id: z.string(),
  trigger_id: z.string(),
  response_url: z.string().optional(),
})
export type ReadCommand = z.infer<typeof Command>

export function readCommand(body: unknown): ReadCommand | null {
  const read = Command.safeParse(body)
  return read.success ? { ...read.data, text: unescapeSlack(read.data.text).trim() } : null
}
