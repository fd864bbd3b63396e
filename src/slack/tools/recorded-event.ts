import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../lib/errors.ts'
import { parseWorkspaceRef } from '../platform/payloads.ts'

export class RecordingUnreadableError extends AppError {
  constructor(why: string, options?: ErrorOptions) {
    super({
      code: 'recording_unreadable',
      message: why,
      remedy: `This is no recorded Slack event: ${why}. It is the JSON that Slack sends, over HTTP or Socket Mode; "replay --sample" shows one.`,
      ...options,
    })
  }
}

const Body = z.record(z.string(), z.unknown())
/** Socket Mode wraps the payload that HTTP sends bare. */
const Envelope = z.object({ envelope_id: z.string(), type: z.string(), payload: Body })

const KINDS = ['block_actions', 'view_submission', 'view_closed', 'shortcut', 'message_action', 'block_suggestion']

/** One of Slack's payloads, ready to be sent as Slack would send it. */
export type RecordedEvent = {
  /** Such as `app_mention`, `block_actions`, `/diagnose`. */
  kind: string
  team: string
  /** Our user id at the time of the recording; null when unknown. */
  botUserId: string | null
  request(signingSecret: string, now: Date): { body: string; headers: Record<string, string> }
}

/** Parses a recording and redirects its response URLs to `responseUrl`. Throws {@link RecordingUnreadableError}. */
export function readRecordedEvent(text: string, responseUrl: string): RecordedEvent {
  const body = Body.safeParse(parse(text))
  if (!body.success) throw new RecordingUnreadableError('it is not a JSON object')
  const envelope = Envelope.safeParse(body.data)
  const payload = answeringTo(envelope.success ? envelope.data.payload : body.data, responseUrl)
  const kind = kindOf(payload)
  if (kind === null) throw new RecordingUnreadableError('it holds no event, click, form, shortcut or command')
  const place = parseWorkspaceRef(payload)
  if (!place) throw new RecordingUnreadableError('it does not say which workspace it was for')
  return {
    kind,
    team: place.team,
    botUserId: botOf(payload),
    request: (signingSecret, now) => signed(payload, kind, signingSecret, now),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RecordingUnreadableError('it is not valid JSON', { cause })
  }
}

const Event = z.object({ type: z.string(), event: z.object({ type: z.string() }) })

function kindOf(payload: z.infer<typeof Body>): string | null {
  const event = Event.safeParse(payload)
  if (event.success) return event.data.event.type
  if (typeof payload.command === 'string' && payload.command.startsWith('/')) return payload.command
  return KINDS.find((kind) => kind === payload.type) ?? null
}

const Addressed = z.object({
  authorizations: z.array(z.object({ user_id: z.string(), is_bot: z.boolean().optional() })).optional(),
  event: z.object({ type: z.string(), text: z.string().optional() }).optional(),
})

/** The bot's user id from the payload's authorization, or from a mention of it. */
function botOf(payload: unknown): string | null {
  const { authorizations = [], event } = Addressed.safeParse(payload).data ?? {}
  const named = event?.type === 'app_mention' ? /<@([UW][A-Z0-9]+)/.exec(event.text ?? '')?.[1] : null
  return authorizations.find(({ is_bot }) => is_bot !== false)?.user_id ?? named ?? null
}

/** A recorded click still has Slack's own response URL. */
function answeringTo<T>(value: T, responseUrl: string): T {
  return JSON.parse(JSON.stringify(value), (key, inner) => (key === 'response_url' ? responseUrl : inner)) as T
}

/** Events come as JSON, commands as a form, and the rest as JSON inside a form. */
function signed(payload: z.infer<typeof Body>, kind: string, secret: string, now: Date) {
  const isEvent = Event.safeParse(payload).success
  const form = kind.startsWith('/')
    ? Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]))
    : { payload: JSON.stringify(payload) }
  const body = isEvent ? JSON.stringify(payload) : new URLSearchParams(form).toString()
  const at = String(Math.floor(now.getTime() / 1_000))
  return {
    body,
    headers: {
      'content-type': isEvent ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': at,
      'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`,
    },
  }
}
