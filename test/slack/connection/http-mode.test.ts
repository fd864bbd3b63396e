import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { PortTakenError, SlackRefusedError } from '../../../src/slack/platform/errors.ts'
import { eventsOf, openConnectionFixture, startHttp } from '../connection-fixture.ts'

const QUICK = { timing: { retryDelaysMs: [0, 0, 0] } }

/** A request as Slack signs it, or as somebody else would. */
async function post(
  url: string,
  body: string,
  { secret, at = Date.now() / 1_000, type = 'application/json' }: { secret: string; at?: number; type?: string },
) {
  const timestamp = String(Math.floor(at))
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  const headers = {
    'content-type': type,
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  }
  return fetch(url, { method: 'POST', headers, body })
}

describe('Slack over HTTP', () => {
  it('answers the challenge, and takes what Slack signed within five minutes, nothing else', async () => {
    await using fixture = await openConnectionFixture()
    const heard: string[] = []
    const connection = fixture.connect()
    connection.app.event('message', async ({ event }) => void heard.push(event.type))
    const url = await startHttp(fixture, connection)
    const { signingSecret: secret } = fixture.workspace

    const challenge = JSON.stringify({ type: 'url_verification', challenge: 'c123' })
    expect(await (await post(url, challenge, { secret })).json()).toEqual({ challenge: 'c123' })
    const event = JSON.stringify({ team_id: 'T1', event: { type: 'message', text: 'forged' } })
    expect((await post(url, event, { secret: 'not-the-secret' })).status).toBe(401)
    expect((await post(url, event, { secret, at: Date.now() / 1_000 - 301 })).status).toBe(401)
    expect((await fetch(url, { method: 'POST', body: event })).status).toBe(401)
    expect((await post(url, '{', { secret })).status).toBe(400)
    expect((await fetch(url.replace('/slack/events', '/elsewhere'))).status).toBe(404)
    expect(heard).toEqual([])
  })

  it('refuses events until Slack has said who we are, and is healthy only then', async () => {
    await using fixture = await openConnectionFixture(QUICK)
    fixture.workspace.faults.add({ method: 'auth.test', status: 503, delayMs: 200 })
    const connection = fixture.connect()
    const heard: unknown[] = []
    connection.app.event('message', async ({ context }) => void heard.push(context.botUserId))
    const started = connection.start(AbortSignal.timeout(10_000))
    await expect.poll(() => connection.port()).toBeTruthy()
    const url = eventsOf(connection)
    const { origin } = new URL(url)
    const health = async () => {
      const response = await fetch(`${origin}/healthz`)
      return { status: response.status, body: await response.json() }
    }
    expect(await health()).toEqual({ status: 503, body: { ok: false, missing: ['slack'] } })
    expect((await fetch(`${origin}/livez`)).status).toBe(200)
    await fixture.workspace.sendTo(url)
    const { event_id } = fixture.workspace.deliverEvent({ type: 'message', channel: 'C1', user: 'U1', ts: '1.1' })
    await fixture.workspace.settled()
    expect(fixture.workspace.deliveries()[0]?.reply).toMatchObject({ state: 'http_error', status: 503 })

    await started
    expect(await health()).toEqual({ status: 200, body: { ok: true } })
    await fixture.workspace.redeliver(event_id)
    await expect.poll(() => heard).toEqual([fixture.workspace.people.bot])
  })

  it('says that it is not healthy when the database is gone or hangs', async () => {
    await using fixture = await openConnectionFixture()
    let answer = Promise.resolve(true)
    const connection = fixture.connect({ isStoreThere: () => answer })
    const { origin } = new URL(await startHttp(fixture, connection))
    answer = Promise.reject(new Error('connection refused'))
    answer.catch(() => undefined)
    expect(await (await fetch(`${origin}/healthz`)).json()).toEqual({ ok: false, missing: ['database'] })
    answer = new Promise(() => undefined)
    expect((await fetch(`${origin}/healthz`)).status).toBe(503)
    answer = Promise.resolve(true)
    expect((await fetch(`${origin}/healthz`, { method: 'HEAD' })).status).toBe(200)
  })

  it('refuses at once what could not be stored, and takes it when Slack sends it again', async () => {
    await using fixture = await openConnectionFixture(QUICK)
    let attempts = 0
    const heard: string[] = []
    const connection = fixture.connect({
      async claim() {
        attempts += 1
        if (attempts < 3) throw new Error('the database is away')
        return 'claimed'
      },
    })
    connection.app.event('message', async () => void heard.push('stored'))
    await startHttp(fixture, connection)
    const started = performance.now()
    fixture.workspace.deliverEvent({ type: 'message', channel: 'C1', user: 'U1', ts: '1.1' })
    await expect.poll(() => heard).toEqual(['stored'])
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(attempts).toBe(3)
    expect(fixture.log.said('could not be taken in')).toHaveLength(2)
  })

  it('drops with one line what is no event, click or command', async () => {
    await using fixture = await openConnectionFixture(QUICK)
    const connection = fixture.connect()
    await startHttp(fixture, connection)
    const odd = [
      { nothing: 'of the usual' },
      { team_id: 'T1', type: 'app_rate_limited', minute_rate_limited: 1_518_467_820 },
      { event: { type: 'message' } },
    ]
    for (const body of odd) expect(await fixture.workspace.deliverRaw(body)).toMatchObject({ state: 'acked' })
    expect(fixture.log.said('was dropped')).toHaveLength(odd.length)
    expect(fixture.workspace.deliveries()).toHaveLength(odd.length)
  })

  it('says what to do about a port that is taken', async () => {
    await using fixture = await openConnectionFixture()
    const other = createServer().listen(0)
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    for (const transport of ['http', 'socket'] as const) {
      const failure = await fixture
        .connect({ transport, port })
        .start(AbortSignal.timeout(10_000))
        .catch((error) => error)
      expect(failure).toBeInstanceOf(PortTakenError)
      expect(failure.remedy).toContain(`Port ${port} is taken`)
    }
    other.close()
  })

  it('says that a token is no good, and closes what it opened', async () => {
    await using fixture = await openConnectionFixture()
    fixture.workspace.faults.add({ method: 'auth.test', error: 'token_revoked' })
    const connection = fixture.connect()
    const failure = await connection.start(AbortSignal.timeout(10_000)).catch((error) => error)
    expect(failure).toBeInstanceOf(SlackRefusedError)
    expect(failure.remedy).toContain('token_revoked')
    const url = eventsOf(connection)
    await connection.stop()
    await expect(fetch(url)).rejects.toThrow()
  })

  it('stops within its deadline, whatever hangs on its port', async () => {
    await using fixture = await openConnectionFixture()
    const { promise: claiming, resolve: claimed } = Promise.withResolvers<void>()
    const connection = fixture.connect({
      claim() {
        claimed()
        return new Promise(() => undefined)
      },
    })
    const url = await startHttp(fixture, connection)
    const { signingSecret: secret } = fixture.workspace
    const { port } = new URL(url)
    const idle = connect(Number(port), '127.0.0.1')
    idle.on('error', () => undefined)
    await once(idle, 'connect')
    expect((await post(url, ' '.repeat(5 * 1024 * 1024), { secret }).catch(() => ({ status: 413 }))).status).toBe(413)
    const hanging = post(url, JSON.stringify({ team_id: 'T1', event: { type: 'message' } }), { secret })
    const failed = expect(hanging).rejects.toThrow()
    await claiming
    const began = performance.now()
    await connection.stop()
    expect(performance.now() - began).toBeLessThan(3_000)
    await failed
    idle.destroy()
  })
})
