import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { portOf } from '../connection/http-server.ts'

/** A call that would have gone to Slack. */
export type SlackCall = { method: string; args: Readonly<Record<string, unknown>> }

export type RecordingSlack = AsyncDisposable & {
  apiUrl: string
  /** Receives the responses to a click or a command. */
  responseUrl: string
}

/** Our identity and workspace. */
export type Actor = { team: string; botUserId: string }

const RESPONSE_PATH = '/response'

/** A Slack that accepts every call and only records it. */
export async function openRecordingSlack(
  whoAmI: () => Actor,
  onCall: (call: SlackCall) => void,
): Promise<RecordingSlack> {
  let calls = 0
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const method = path === RESPONSE_PATH ? 'response_url' : path.replace('/api/', '')
    const args = readArgs(request, await text(request))
    if (method !== 'auth.test') onCall({ method, args })
    calls += 1
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ok: true, ...answerTo(method, args, whoAmI(), calls) }))
  })
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const origin = `http://127.0.0.1:${portOf(server)}`
  return {
    apiUrl: `${origin}/api/`,
    responseUrl: `${origin}${RESPONSE_PATH}`,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}

/** Slack's client sends forms whose structured values are JSON; responses to a click are all JSON. */
function readArgs({ headers }: IncomingMessage, body: string): Readonly<Record<string, unknown>> {
  const isJson = headers['content-type']?.startsWith('application/json')
  const given = isJson ? read(body) : Object.fromEntries(new URLSearchParams(body))
  if (typeof given !== 'object' || given === null) return {}
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, /^[[{]/.test(String(value)) ? read(String(value)) : value]),
  )
}

function read(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

/**
 * The fields of Slack's responses that our code reads. Everybody is a full member, and there are no earlier messages.
 */
function answerTo(method: string, args: SlackCall['args'], { team, botUserId }: Actor, call: number): object {
  const ts = `${Math.floor(Date.now() / 1_000)}.${String(call).padStart(6, '0')}`
  switch (method) {
    case 'auth.test':
      return { team_id: team, user_id: botUserId, bot_id: 'BREPLAY' }
    case 'users.info':
      return { user: { id: args.user, team_id: team, tz: 'UTC', tz_offset: 0, profile: {} } }
    case 'usergroups.users.list':
      return { users: [] }
    case 'conversations.open':
      return { channel: { id: 'DREPLAY' } }
    case 'conversations.history':
    case 'conversations.replies':
      return { messages: [], has_more: false }
    case 'chat.getPermalink':
      return { permalink: 'https://slack.com/archives/replay' }
    case 'views.open':
    case 'views.update':
    case 'views.publish':
      return { view: { id: 'VREPLAY', hash: '1' } }
    default:
      return { channel: args.channel, ts, message_ts: ts }
  }
}
