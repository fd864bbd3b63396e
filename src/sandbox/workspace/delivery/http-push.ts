import { createHmac, randomBytes } from 'node:crypto'
import { stringify } from 'node:querystring'
import { SECRETS } from '../state/seed.ts'
import type { Parcel, Reply, Transport } from './parcel.ts'

/** Signed HTTP requests to one address, as Slack sends them when Socket Mode is off. */
export function createHttpPush(url: string): Transport & { verify(timeoutMs: number): Promise<boolean> } {
  const post = (body: string, contentType: string, extra: Readonly<Record<string, string>>, timeoutMs: number) => {
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const signature = createHmac('sha256', SECRETS.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
    return fetch(url, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
        ...extra,
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
  }
  return {
    isReady: () => true,
    async verify(timeoutMs) {
      const challenge = randomBytes(24).toString('base64url')
      const body = JSON.stringify({ type: 'url_verification', token: 'sandbox', challenge })
      const response = await post(body, 'application/json', {}, timeoutMs).catch(() => null)
      return response?.status === 200 && (await response.text()).includes(challenge)
    },
    async send(parcel, timeoutMs): Promise<Reply> {
      const { body, contentType } = write(parcel)
      const retry: Record<string, string> = parcel.retry
        ? { 'x-slack-retry-num': String(parcel.retry.attempt), 'x-slack-retry-reason': parcel.retry.reason }
        : {}
      const sentAt = performance.now()
      try {
        const response = await post(body, contentType, retry, timeoutMs)
        const text = await response.text()
        if (response.ok) return { state: 'acked', payload: read(text), afterMs: performance.now() - sentAt }
        const noRetry = response.headers.get('x-slack-no-retry') === '1'
        return { state: 'http_error', status: response.status, noRetry }
      } catch (error) {
        const timedOut = error instanceof DOMException && error.name === 'TimeoutError'
        return { state: timedOut ? 'timed_out' : 'connection_failed' }
      }
    },
  }
}

const FORM = 'application/x-www-form-urlencoded'

function write({ kind, payload }: Parcel): { body: string; contentType: string } {
  if (kind === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' }
  if (kind === 'interactive') return { body: stringify({ payload: JSON.stringify(payload) }), contentType: FORM }
  const fields = Object.entries(payload).map(([key, value]): [string, string] => [key, String(value)])
  return { body: stringify(Object.fromEntries(fields)), contentType: FORM }
}

/** The ack's content: JSON where it is JSON, else the plain text a slash command may answer with. */
function read(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}
