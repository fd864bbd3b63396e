import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/loading.ts'
import { SlackRefusedError } from '../../../src/slack/platform/errors.ts'
import { tokenAccess } from '../../../src/slack/platform/workspaces.ts'
import { createIntake } from '../../../src/slack/questions/intake.ts'
import { openStore } from '../../../src/store/open.ts'
import { takeSeat } from '../../support/seat.ts'
import { silent } from '../../support/silent.ts'
import { openConnectionFixture } from '../connection-fixture.ts'

/** Slack's client waits this long before it connects again. */
const QUICK = { pingTimeoutMs: 600 }
const start = () => AbortSignal.timeout(10_000)
const message = (text: string, ts: string) => ({
  type: 'message',
  channel: 'D0TECH0001',
  channel_type: 'im',
  user: 'U0TECH0001',
  text,
  ts,
})

describe('Slack over Socket Mode', () => {
  it('is not poisoned by a first question that Slack did not answer', async () => {
    await using fixture = await openConnectionFixture()
    fixture.workspace.faults.add({ method: 'auth.test', status: 500, times: 2 })
    const heard: string[] = []
    const connection = fixture.connect({ transport: 'socket' })
    connection.app.event('message', async ({ context }) => void heard.push(String(context.botUserId)))
    await connection.start(start())
    expect(fixture.log.said('does not answer yet')).toHaveLength(2)
    fixture.workspace.deliverEvent(message('hello', '1.1'))
    await expect.poll(() => heard).toEqual([fixture.workspace.people.bot])
  })

  it('says which token is no good', async () => {
    await using fixture = await openConnectionFixture()
    fixture.workspace.faults.add({ method: 'apps.connections.open', error: 'invalid_auth' })
    const failure = await fixture
      .connect({ transport: 'socket' })
      .start(start())
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SlackRefusedError)
  })

  it('can be stopped while Slack cannot be reached', async () => {
    await using fixture = await openConnectionFixture()
    fixture.workspace.faults.add({ method: 'apps.connections.open', status: 500, times: 1_000 })
    const stopping = new AbortController()
    const started = fixture.connect({ transport: 'socket' }).start(stopping.signal)
    await expect.poll(() => fixture.workspace.calls.some(({ method }) => method === 'apps.connections.open')).toBe(true)
    stopping.abort(new Error('stopped'))
    await expect(started).rejects.toThrow('stopped')
  })

  it('leaves our own clients their way to retry, and each call its own token', async () => {
    await using fixture = await openConnectionFixture()
    const access = tokenAccess(fixture.workspace.botToken, fixture.workspace.apiUrl, silent)
    const connection = fixture.connect({ transport: 'socket', access })
    await connection.start(start())
    const { clients } = (await access.find({ team: 'T0HYDRO001', organisation: null })) ?? {}
    fixture.workspace.faults.add({ method: 'chat.postMessage', status: 500, times: 10 })
    await expect(clients?.posting.chat.postMessage({ channel: 'C0FIELD001', text: 'x' })).rejects.toThrow()
    expect(fixture.workspace.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(1)
    // The app token opens sockets and nothing else, the bot token the reverse; the stand-in refuses a mixture.
    expect(fixture.workspace.calls.filter(({ error }) => error === 'not_allowed_token_type')).toEqual([])
  })

  it('survives the frame that says that Slack holds events back', async () => {
    await using fixture = await openConnectionFixture({ timing: { retryDelaysMs: [0, 0, 0] } })
    const heard: string[] = []
    const connection = fixture.connect({ transport: 'socket' })
    connection.app.event('message', async ({ event }) => void heard.push(event.ts))
    await connection.start(start())
    const limited = { type: 'app_rate_limited', team_id: 'T0HYDRO001', minute_rate_limited: 1_518_467_820 }
    expect(await fixture.workspace.deliverRaw(limited)).toMatchObject({ state: 'acked' })
    const odd: unknown[] = [{ event: null }, 7, 'text', []]
    for (const body of odd) expect(await fixture.workspace.deliverRaw(body as never)).toMatchObject({ state: 'acked' })
    fixture.workspace.deliverEvent(message('after it', '1.2'))
    await expect.poll(() => heard).toEqual(['1.2'])
    expect(fixture.log.said('holds events back')).toHaveLength(1)
    expect(fixture.log.said('could not be read')).toHaveLength(odd.length)
  })

  it.each(['warning', 'refresh_requested', 'link_disabled'] as const)(
    'comes back after a disconnect (%s) and misses nothing',
    async (reason) => {
      await using fixture = await openConnectionFixture()
      const heard: string[] = []
      const connection = fixture.connect({ transport: 'socket', times: QUICK })
      connection.app.event('message', async ({ event }) => void heard.push(event.ts))
      await connection.start(start())
      fixture.workspace.deliverEvent(message('before', '1.1'))
      fixture.workspace.sockets.disconnect(reason)
      await using tessa = await takeSeat(fixture.workspace.url, fixture.workspace.people.technician)
      await tessa.waitFor(({ appConnected }) => !appConnected, { what: 'the app to go' })
      fixture.workspace.deliverEvent(message('while away', '1.2'))
      await fixture.workspace.connected()
      fixture.workspace.deliverEvent(message('after', '1.3'))
      await expect.poll(() => [...heard].sort()).toEqual(['1.1', '1.2', '1.3'])
    },
  )

  it('answers once what it stored before the connection broke, however often Slack sends it', async () => {
    await using fixture = await openConnectionFixture({ timing: { retryDelaysMs: [0, 50, 50] } })
    const store = await openStore({ kind: 'sqlite', path: ':memory:' }, silent)
    const intake = createIntake({
      catalog: await loadCatalog(),
      store,
      devices: { endingWith: async () => [] },
      instance: 'one',
      now: Date.now,
    })
    const answered: string[] = []
    let claims = 0
    const connection = fixture.connect({
      transport: 'socket',
      port: 0,
      times: QUICK,
      async claim(body, us) {
        const claim = await intake.claim(body, us)
        claims += 1
        // Stored, and not acknowledged yet: this is when the network fails.
        if (claims === 1) {
          fixture.workspace.sockets.cut()
          const health = `http://127.0.0.1:${connection.port()}/healthz`
          await expect.poll(async () => (await fetch(health)).status).toBe(503)
        }
        return claim
      },
    })
    connection.app.event('message', async ({ body }) => {
      const claimed = intake.claimedBy(body)
      if (claimed) answered.push(claimed.row.text)
    })
    await connection.start(start())
    fixture.workspace.deliverEvent(message('E-02 please', '1.1'))
    await fixture.workspace.settled()
    await fixture.workspace.connected()
    await expect.poll(() => fixture.workspace.deliveries().at(-1)?.reply?.state).toBe('acked')
    expect(fixture.workspace.deliveries().map(({ reply }) => reply?.state)).toEqual(['connection_failed', 'acked'])
    expect(answered).toEqual(['E-02 please'])
    expect(claims).toBe(2)
    expect(fixture.log.said('could not be acknowledged')).toHaveLength(1)
    await store.destroy()
  })

  it('hears again what could not be stored', async () => {
    await using fixture = await openConnectionFixture({ timing: { ackTimeoutMs: 1_000, retryDelaysMs: [0, 0, 0] } })
    const heard: string[] = []
    let claims = 0
    const connection = fixture.connect({
      transport: 'socket',
      async claim() {
        claims += 1
        if (claims === 1) throw new Error('the database is away')
        return 'pass'
      },
    })
    connection.app.event('message', async ({ event }) => void heard.push(event.ts))
    await connection.start(start())
    fixture.workspace.deliverEvent(message('hello', '1.1'))
    await expect.poll(() => heard).toEqual(['1.1'])
    await fixture.workspace.settled()
    expect(fixture.workspace.deliveries().map(({ reply }) => reply?.state)).toEqual(['timed_out', 'acked'])
  })

  it('begins anew when Slack refused once while it reconnected, which its client does not survive', async () => {
    const unheard: unknown[] = []
    const before = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (error) => void unheard.push(error))
    try {
      await using fixture = await openConnectionFixture()
      const heard: string[] = []
      const connection = fixture.connect({ transport: 'socket', times: { pingTimeoutMs: 300, downForMs: 900 } })
      connection.app.event('message', async ({ event }) => void heard.push(event.ts))
      await connection.start(start())
      fixture.workspace.faults.add({ method: 'apps.connections.open', error: 'account_inactive' })
      fixture.workspace.sockets.cut()
      await expect.poll(() => unheard.length).toBe(1)
      await fixture.workspace.connected()
      fixture.workspace.deliverEvent(message('back', '1.1'))
      await expect.poll(() => heard).toEqual(['1.1'])
      expect(fixture.log.said('begun anew')).not.toEqual([])
    } finally {
      process.removeAllListeners('unhandledRejection')
      for (const listener of before) process.on('unhandledRejection', listener)
    }
  })

  it('shows its health beside the socket where a port is set', async () => {
    await using fixture = await openConnectionFixture()
    const connection = fixture.connect({ transport: 'socket', port: 0, times: QUICK })
    await connection.start(start())
    const origin = `http://127.0.0.1:${connection.port()}`
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
    expect((await fetch(`${origin}/elsewhere`)).status).toBe(404)
    expect((await fetch(`${origin}/healthz`, { method: 'POST' })).status).toBe(404)
    fixture.workspace.sockets.cut()
    await expect.poll(async () => (await fetch(`${origin}/healthz`)).status).toBe(503)
    expect((await fetch(`${origin}/livez`)).status).toBe(200)
    await fixture.workspace.connected()
    await expect.poll(async () => (await fetch(`${origin}/healthz`)).status).toBe(200)
  })
})
