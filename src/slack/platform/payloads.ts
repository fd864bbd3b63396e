import { z } from 'zod'
import type { NewQuestion } from '../../diagnosis/questions/question-records.ts'
import { unescapeSlack } from './escaping.ts'
import { parseForwarded } from './forwarded.ts'
import type { WorkspaceRef } from './workspaces.ts'

/** A person and the workspace of ours they acted in: user ids are unique only within a workspace. */
export type Person = { user: string; team: string }

const id = z.string().nullish()
/** The fields that tell where any payload belongs; unexpected shapes become null. */
const Placed = z.object({
  authorizations: z
    .array(z.object({ team_id: id, enterprise_id: id, is_enterprise_install: z.boolean().nullish() }))
    .optional()
    .catch(undefined),
  team_id: id.catch(null),
  enterprise_id: id.catch(null),
  team: z.object({ id, enterprise_id: id }).nullish().catch(null),
  enterprise: z.object({ id }).nullish().catch(null),
  user: z.object({ team_id: id }).nullish().catch(null),
  view: z.object({ app_installed_team_id: id }).nullish().catch(null),
  // Slash commands are form-encoded, so theirs is a string.
  is_enterprise_install: z.union([z.boolean(), z.stringbool()]).nullish().catch(null),
})

/**
 * The workspace a payload was sent for, where we are installed; in a channel shared with another company it isn't
 * always the person's own. Null when the payload doesn't say.
 */
export function parseWorkspaceRef(body: unknown): WorkspaceRef | null {
  const read = Placed.safeParse(body)
  if (!read.success) return null
  const { authorizations, team_id, enterprise_id, team, enterprise, user, view, is_enterprise_install } = read.data
  const [authorization] = authorizations ?? []
  const isOrganisation = authorization?.is_enterprise_install ?? is_enterprise_install ?? false
  const organisation = isOrganisation
    ? (authorization?.enterprise_id ?? enterprise_id ?? enterprise?.id ?? team?.enterprise_id ?? null)
    : null
  const found =
    authorization?.team_id ?? view?.app_installed_team_id ?? team_id ?? team?.id ?? user?.team_id ?? organisation
  return found ? { team: found, organisation } : null
}

const Envelope = z.object({ event: z.unknown() })

/**
 * The possible shapes of a question: a person's own new message, with or without files, also sent to the channel from
 * its thread or not, but no edits, bots or joins.
 */
const MessageEvent = z.object({
  type: z.enum(['message', 'app_mention']),
  subtype: z.enum(['file_share', 'thread_broadcast']).nullish(),
  bot_id: z.null().optional(),
  user: z.string().min(1),
  channel: z.string().min(1),
  channel_type: z.string().optional(),
  ts: z.string().min(1),
  thread_ts: z.string().optional(),
  text: z.string().nullish(),
  files: z.array(z.unknown()).optional(),
  attachments: z.unknown().optional(),
  // The asker's own workspace, which in a shared channel may be another company's.
  user_team: z.string().optional(),
  team: z.string().optional(),
})

/** The sender of Slack's own notices. */
const SLACKBOT = 'USLACKBOT'

/** People, groups and whole channels that a message calls, as Slack writes them or as they were typed. */
const MENTION = /<[@!][^>]{1,100}>|(?<![\p{L}\p{N}.])@\p{L}[\p{L}\p{N}._-]*/u

export type SlackQuestion = NewQuestion & {
  hasMention: boolean
  /** Whether it calls somebody else. */
  mentionsOthers: boolean
  hasFiles: boolean
  userTeam: string | null
}

/**
 * Parses an event as a person's message; null for anything else. `team` is the workspace where we are installed; the
 * asker may come from another.
 */
export function parseMessage(body: unknown, botUserId: string): SlackQuestion | null {
  const envelope = Envelope.safeParse(body)
  if (!envelope.success) return null
  const event = MessageEvent.safeParse(envelope.data.event)
  if (!event.success) return null
  const { type, user, channel, ts, files, attachments } = event.data
  const text = event.data.text ?? ''
  if (user === botUserId || user === SLACKBOT || user === 'USLACK') return null
  const team = parseWorkspaceRef(body)?.team
  if (!team) return null
  const mention = `<@${botUserId}>`
  const hasMention = type === 'app_mention' || text.includes(mention)
  const forwarded = parseForwarded(attachments, text.replaceAll(mention, ' '))
  return {
    team,
    channel,
    ts,
    threadTs: event.data.thread_ts ?? null,
    userId: user,
    channelType: event.data.channel_type ?? (channel.startsWith('D') ? 'im' : 'channel'),
    source: hasMention ? 'mention' : 'message',
    text: unescapeSlack([text, forwarded.text].filter(Boolean).join('\n').replaceAll(mention, ' '))
      .replace(/[ \t]+/g, ' ')
      .trim(),
    hasMention,
    mentionsOthers: MENTION.test(text.replaceAll(mention, ' ')),
    hasFiles: (files?.length ?? 0) > 0 || forwarded.hasFiles,
    userTeam: event.data.user_team ?? event.data.team ?? null,
  }
}

const SessionStopped = z.object({ event: z.object({ channel: z.string(), thread_ts: z.string() }) })

/** The thread where a person pressed Slack's stop button. */
export function parseSessionStopped(body: unknown): { team: string; channel: string; threadTs: string } | null {
  const read = SessionStopped.safeParse(body)
  const team = parseWorkspaceRef(body)?.team
  if (!read.success || !team) return null
  const { channel, thread_ts: threadTs } = read.data.event
  return { team, channel, threadTs }
}

const Reaction = z.object({
  type: z.enum(['reaction_added', 'reaction_removed']),
  user: z.string().min(1),
  reaction: z.string().min(1),
  item: z.object({ type: z.literal('message'), channel: z.string(), ts: z.string() }),
  item_user: z.string().optional().catch(undefined),
  event_ts: z.string(),
})
export type SlackReaction = z.infer<typeof Reaction>

export function parseReactionEvent(event: unknown): SlackReaction | null {
  const read = Reaction.safeParse(event)
  return read.success ? read.data : null
}

/** A click in a message or a view. Anyone may have shaped `value`: it's only an id to look up. */
const Click = z.object({
  user: z.object({ id: z.string() }),
  trigger_id: z.string().default(''),
  response_url: z.string().optional(),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  view: z
    .object({
      id: z.string(),
      type: z.string().optional(),
      hash: z.string().optional(),
      private_metadata: z.string().default(''),
    })
    .optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string().optional() }))
    .min(1),
})
export type SlackAction = { person: Person; value: string; at: string } & Pick<
  z.infer<typeof Click>,
  'trigger_id' | 'response_url' | 'channel' | 'message' | 'view'
>

export function parseAction(body: unknown): SlackAction | null {
  const read = Click.safeParse(body)
  const [action] = read.data?.actions ?? []
  if (!read.success || !action) return null
  const { user, trigger_id, response_url, channel, message, view } = read.data
  return {
    person: { user: user.id, team: parseWorkspaceRef(body)?.team ?? '' },
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
  user: z.object({ id: z.string() }),
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
  selected_date: z.string().nullish(),
  selected_user: z.string().nullish(),
})

/** The value of an input; '' when empty. */
export function parseInput(input: unknown): string {
  const { value, selected_option, selected_options, selected_date, selected_user } = Input.safeParse(input).data ?? {}
  const chosen = selected_option?.value ?? selected_options?.map((o) => o.value).join(',')
  return value ?? chosen ?? selected_date ?? selected_user ?? ''
}

/** A submitted form, with each input's value by block id ('' when empty). */
export type FormSubmission = {
  person: Person
  metadata: string
  viewId: string
  values: Readonly<Record<string, string>>
}

export function parseForm(body: unknown): FormSubmission | null {
  const read = Submission.safeParse(body)
  if (!read.success) return null
  const { user, view } = read.data
  const values = Object.entries(view.state.values).map(
    ([block, elements]) => [block, parseInput(Object.values(elements)[0])] as const,
  )
  return {
    person: { user: user.id, team: parseWorkspaceRef(body)?.team ?? '' },
    metadata: view.private_metadata,
    viewId: view.id,
    values: Object.fromEntries(values),
  }
}

const Search = z.object({ user: z.object({ id: z.string() }), value: z.string().default('') })

/** The text typed into a menu whose options we supply. */
export type Search = { person: Person; typed: string }

export function parseSearch(body: unknown): Search | null {
  const read = Search.safeParse(body)
  if (!read.success) return null
  return { person: { user: read.data.user.id, team: parseWorkspaceRef(body)?.team ?? '' }, typed: read.data.value }
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
export type SlashCommand = z.infer<typeof Command>

export function parseSlashCommand(body: unknown): SlashCommand | null {
  const read = Command.safeParse(body)
  return read.success ? { ...read.data, text: unescapeSlack(read.data.text).trim() } : null
}
