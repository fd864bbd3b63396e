import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { APP, type Team } from '../state/seed.ts'
import type { Parcel, Reply, Transport } from './parcel.ts'
import { RETRY_REASONS } from './parcel.ts'

export type Delivery = {
  kind: Parcel['kind']
  /** Events only. */
  eventId: string | null
  type: string
  attempt: number
  at: number
  /** Null while the app still has time to answer. */
  reply: Reply | null
}
export type EventBody = Readonly<Record<string, unknown>> & {
  event_id: string
  event: Readonly<Record<string, unknown>>
}

export type AppLink = {
  /** Wraps an event, delivers it with Slack's retries, and gives the envelope's body back. */
  event(event: Readonly<Record<string, unknown>>): EventBody
  /** The reply to the first delivery of this body; its retries follow as they would. */
  deliver(body: Readonly<Record<string, unknown>>): Promise<Reply>
  redeliver(eventId: string): Promise<Reply>
  interactive(payload: Readonly<Record<string, unknown>>, acceptsResponse: boolean): Promise<Reply>
  command(payload: Readonly<Record<string, unknown>>): Promise<Reply>
  /** What waited for the app is sent when somebody can take it. */
  flush(): void
  deliveries(): readonly Delivery[]
  /** Resolves when the app has answered all that was sent, or its time is up. */
  settled(): Promise<void>
  close(): void
}

type AppLinkOptions = {
  team: Team
  transport: () => { way: keyof typeof RETRY_REASONS; transport: Transport }
  ackTimeoutMs: number
  retryDelaysMs: readonly number[]
  log: (line: string) => void
}

/** What is held for an app that is away; older events are dropped, as Slack drops what it cannot deliver. */
const HELD_EVENTS = 500
/** Enough to look back on in a test or a bench. */
const KEPT_RECORDS = 20_000
/** How many events can be delivered once more on request. */
const KEPT_BODIES = 2_000

/** Brings events, clicks and commands to the app. */
export function createAppLink({ team, transport, ackTimeoutMs, retryDelaysMs, log }: AppLinkOptions): AppLink {
  const closing = new AbortController()
  const held: Parcel[] = []
  const records: Delivery[] = []
  const inFlight = new Set<Promise<Reply>>()
  const bodies = new Map<string, Readonly<Record<string, unknown>>>()

  async function send(parcel: Parcel): Promise<Reply> {
    const { transport: way } = transport()
    const record: Delivery = { ...described(parcel), at: Date.now(), reply: null }
    records.push(record)
    if (records.length > KEPT_RECORDS) records.splice(0, KEPT_RECORDS / 2)
    const sending = (async (): Promise<Reply> => {
      const reply: Reply = way.isReady() ? await way.send(parcel, ackTimeoutMs) : { state: 'unreachable' }
      record.reply = reply
      return reply
    })()
    inFlight.add(sending)
    return sending.finally(() => inFlight.delete(sending))
  }

  const mayRetry = (reply: Reply) => reply.state !== 'acked' && !(reply.state === 'http_error' && reply.noRetry)
  const retried = (parcel: Parcel, attempt: number, reply: Exclude<Reply, { state: 'acked' }>): Parcel => ({
    ...parcel,
    retry: { attempt, reason: RETRY_REASONS[transport().way][reply.state] },
  })

  async function sendAgain(parcel: Parcel, failed: Reply): Promise<void> {
    let reply = failed
    for (let attempt = (parcel.retry?.attempt ?? 0) + 1; attempt <= retryDelaysMs.length; attempt += 1) {
      if (reply.state === 'acked' || !mayRetry(reply)) return
      const next = retried(parcel, attempt, reply)
      if (!transport().transport.isReady()) return hold(next)
      await wait(retryDelaysMs[attempt - 1], undefined, { signal: closing.signal })
      reply = await send(next)
    }
    if (mayRetry(reply)) log(`The app did not acknowledge an event after ${retryDelaysMs.length} retries; it is lost.`)
  }
  function hold(parcel: Parcel) {
    held.push(parcel)
    if (held.length > HELD_EVENTS) {
      held.shift()
      log(`More than ${HELD_EVENTS} events wait for the app; the oldest was dropped.`)
    }
  }
  const follow = (retries: Promise<void>) =>
    retries.catch((error: unknown) => {
      if (!closing.signal.aborted) log(`A delivery to the app failed: ${String(error)}`)
    })

  async function deliver(body: Readonly<Record<string, unknown>>): Promise<Reply> {
    const parcel: Parcel = { kind: 'events_api', payload: body, acceptsResponse: false, retry: null }
    const reply = await send(parcel)
    if (mayRetry(reply)) void follow(sendAgain(parcel, reply))
    return reply
  }

  return {
    deliver,
    event(event) {
      const body: EventBody = envelopeBody(team, event)
      bodies.set(body.event_id, body)
      if (bodies.size > KEPT_BODIES) bodies.delete(bodies.keys().next().value ?? '')
      void deliver(body)
      return body
    },
    async redeliver(eventId) {
      const body = bodies.get(eventId)
      if (!body) throw new Error(`No event ${eventId} was sent by this workspace.`)
      const reason = RETRY_REASONS[transport().way].timed_out
      return send({ kind: 'events_api', payload: body, acceptsResponse: false, retry: { attempt: 1, reason } })
    },
    interactive: (payload, acceptsResponse) => send({ kind: 'interactive', payload, acceptsResponse, retry: null }),
    command: (payload) => send({ kind: 'slash_commands', payload, acceptsResponse: true, retry: null }),
    flush() {
      for (const parcel of held.splice(0)) {
        void follow(send(parcel).then((reply) => (mayRetry(reply) ? sendAgain(parcel, reply) : undefined)))
      }
    },
    deliveries: () => records,
    async settled() {
      while (inFlight.size > 0) await Promise.allSettled(inFlight)
    },
    close: () => closing.abort(),
  }
}

function described({ kind, payload, retry }: Parcel) {
  const event = payload.event as { type?: unknown } | undefined
  return {
    kind,
    eventId: typeof payload.event_id === 'string' ? payload.event_id : null,
    type: String(event?.type ?? payload.type ?? payload.command),
    attempt: retry?.attempt ?? 0,
  }
}

function envelopeBody(team: Team, event: Readonly<Record<string, unknown>>): EventBody {
  const id = randomBytes(5).toString('hex').toUpperCase()
  const channel = event.channel ?? (event.item as { channel?: unknown } | undefined)?.channel
  const context = { et: event.type, tid: team.id, aid: APP.id, ...(channel ? { cid: channel } : {}) }
  return {
    token: 'sandbox',
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: APP.id,
    event,
    type: 'event_callback',
    event_id: `Ev${id}`,
    event_time: Math.floor(Date.now() / 1_000),
    authorizations: [
      { enterprise_id: null, team_id: team.id, user_id: team.botUserId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${Buffer.from(JSON.stringify(context)).toString('base64url')}`,
  }
}
