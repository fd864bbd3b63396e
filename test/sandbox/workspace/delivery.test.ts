import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { rawSocket } from './raw-socket.ts'
import { openStage, platformError, webClient } from './stage.ts'

/** Acks count for half a second instead of 3 s; retries follow at once. */
const QUICK = { ackTimeoutMs: 500, retryDelaysMs: [0, 0, 0] }

/** Asks for a websocket by hand, with paths no client would send. */
const upgrade = (host: string, path: string, address = host) =>
  new Promise<string>((resolve, reject) => {
    const [hostname, port] = address.split(':')
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket']
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    socket.on('data', (data) => {
      socket.destroy()
      resolve(String(data))
    })
    socket.on('error', reject)
  })

describe('Socket Mode', () => {
  it('greets a connection as Slack does', async () => {
    await using stage = await openStage()
    await using socket = await rawSocket(stage.workspace)
    expect(await socket.next()).toMatchObject({
      type: 'hello',
      num_connections: 1,
      debug_info: { approximate_connection_time: expect.any(Number) },
      connection_info: { app_id: expect.stringMatching(/^A/) },
    })
  })

  it('sends each envelope to one of the connections, in turn', async () => {
    await using stage = await openStage()
    await using first = await rawSocket(stage.workspace)
    await using second = await rawSocket(stage.workspace)
    await Promise.all([first.next(), second.next()])
    const tessa = await stage.seat(stage.workspace.people.technician)
    for (const text of ['one', 'two', 'three', 'four']) await tessa.say(tessa.dm, text)
    const read = async (socket: typeof first) => {
      const frame = await socket.next()
      socket.ack(frame)
      return frame.payload?.event?.text
    }
    const heard = await Promise.all([read(first), read(second), read(first), read(second)])
    expect(heard.toSorted()).toEqual(['four', 'one', 'three', 'two'])
    await stage.workspace.settled()
    expect([first.unread(), second.unread()]).toEqual([0, 0])
    expect(stage.workspace.deliveries().map(({ reply }) => reply?.state)).toEqual(['acked', 'acked', 'acked', 'acked'])
  })

  it('redelivers an event that was acknowledged too late, with the same event_id and the retry fields', async () => {
    await using stage = await openStage({ timing: QUICK })
    await using socket = await rawSocket(stage.workspace)
    await socket.next()
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(tessa.dm, 'hello')
    const first = await socket.next()
    expect(first).toMatchObject({
      type: 'events_api',
      retry_attempt: 0,
      retry_reason: '',
      accepts_response_payload: false,
    })
    const again = await socket.next()
    socket.ack(first)
    socket.ack(again)
    expect(again).toMatchObject({ retry_attempt: 1, retry_reason: 'timeout' })
    expect(again.envelope_id).not.toBe(first.envelope_id)
    expect(again.payload?.event_id).toBe(first.payload?.event_id)
    await stage.workspace.settled()
    expect(socket.unread()).toBe(0)
    expect(stage.log.some((line) => line.includes('too late'))).toBe(true)
  })

  it('gives up after three retries, and says so', async () => {
    await using stage = await openStage({ timing: QUICK })
    await using socket = await rawSocket(stage.workspace)
    await socket.next()
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(tessa.dm, 'hello')
    const attempts = [await socket.next(), await socket.next(), await socket.next(), await socket.next()]
    expect(attempts.map((frame) => frame.retry_attempt)).toEqual([0, 1, 2, 3])
    await vi.waitFor(() => expect(stage.log.some((line) => line.includes('it is lost'))).toBe(true))
    expect(stage.workspace.deliveries()).toHaveLength(4)
  })

  it('redelivers what a broken connection did not acknowledge, to another one', async () => {
    await using stage = await openStage({ timing: { retryDelaysMs: [0] } })
    await using first = await rawSocket(stage.workspace)
    await first.next()
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(tessa.dm, 'hello')
    const lost = await first.next()
    await using second = await rawSocket(stage.workspace)
    await second.next()
    first.terminate()
    const again = await second.next()
    expect(again.payload?.event_id).toBe(lost.payload?.event_id)
    expect(again.retry_attempt).toBe(1)
    second.ack(again)
  })

  it('keeps events for an app that is away, in order', async () => {
    await using stage = await openStage()
    const tessa = await stage.seat(stage.workspace.people.technician)
    for (const text of ['one', 'two', 'three']) await tessa.say(tessa.dm, text)
    await using socket = await rawSocket(stage.workspace)
    expect((await socket.next()).type).toBe('hello')
    const frames = [await socket.next(), await socket.next(), await socket.next()]
    for (const frame of frames) socket.ack(frame)
    expect(frames.map((frame) => frame.payload?.event?.text)).toEqual(['one', 'two', 'three'])
    expect(frames.map((frame) => frame.retry_attempt)).toEqual([1, 1, 1])
  })

  it('holds no more than it can bear for an app that stays away', async () => {
    await using stage = await openStage()
    for (let n = 0; n < 520; n += 1) stage.workspace.deliverEvent({ type: 'message', n })
    await stage.workspace.settled()
    await using socket = await rawSocket(stage.workspace)
    await socket.next()
    expect((await socket.next()).payload?.event?.n).toBe(20)
    expect(stage.log.filter((line) => line.includes('oldest was dropped'))).toHaveLength(20)
  })

  it('takes ten connections and turns the eleventh away', async () => {
    await using stage = await openStage()
    await using sockets = new AsyncDisposableStack()
    for (let n = 1; n <= 10; n += 1) {
      const socket = sockets.use(await rawSocket(stage.workspace))
      expect(await socket.next()).toMatchObject({ type: 'hello', num_connections: n })
    }
    const one = sockets.use(await rawSocket(stage.workspace))
    expect(await one.next()).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' })
    await one.closed
    expect(stage.workspace.sockets.count()).toBe(10)
  })

  it('opens for a ticket once, and never for another site', async () => {
    await using stage = await openStage()
    const { url = '' } = await webClient(stage.workspace, stage.workspace.appToken).apps.connections.open({})
    const outcome = (address: string, origin?: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address, origin ? { origin } : {})
        socket.on('open', () => {
          socket.terminate()
          resolve('open')
        })
        socket.on('error', (error) => resolve(error.message))
      })
    expect(await outcome(url, 'https://elsewhere.example')).toContain('403')
    expect(await outcome(url)).toBe('open')
    expect(await outcome(url)).toContain('403')
    expect(await outcome(`${url}x`)).toContain('403')
    const { host } = new URL(url)
    for (const path of ['//', '//[', '/link/?ticket=%', '/sandbox/events']) {
      expect(await upgrade(host, path), path).toContain('403 Forbidden')
    }
    expect(await upgrade('evil.example', new URL(url).pathname, host)).toContain('403 Forbidden')
  })

  it('lets only the app token open a socket', async () => {
    await using stage = await openStage()
    expect(await platformError(stage.client.apps.connections.open({}))).toBe('not_allowed_token_type')
    const app = webClient(stage.workspace, stage.workspace.appToken)
    expect(await platformError(app.chat.postMessage({ channel: 'C0FIELD001', text: 'x' }))).toBe(
      'not_allowed_token_type',
    )
  })

  it('ignores frames that are no acknowledgement', async () => {
    await using stage = await openStage()
    await using socket = await rawSocket(stage.workspace)
    await socket.next()
    for (const text of ['', 'null', '[]', '{"envelope_id":7}', '{"envelope_id":"nobody"}', 'not json'])
      socket.send(text)
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(tessa.dm, 'hello')
    const frame = await socket.next()
    socket.ack(frame)
    await stage.workspace.settled()
    expect(stage.workspace.deliveries()[0]?.reply?.state).toBe('acked')
  })

  it('reconnects a real Bolt app after a disconnect frame, and loses nothing', async () => {
    await using stage = await openStage()
    const heard: string[] = []
    await stage.boltApp((app) => {
      app.message(async ({ message }) => void heard.push('text' in message ? (message.text ?? '') : ''))
    })
    const tessa = await stage.seat(stage.workspace.people.technician)
    stage.workspace.sockets.disconnect('refresh_requested')
    await tessa.waitFor(({ appConnected }) => !appConnected, { what: 'the app to go' })
    await tessa.say(tessa.dm, 'while you were away')
    await stage.workspace.connected()
    await vi.waitFor(() => expect(heard).toEqual(['while you were away']), { timeout: 10_000 })
  })

  it('delivers on request what it sent before, and what it never would', async () => {
    await using stage = await openStage()
    await using socket = await rawSocket(stage.workspace)
    await socket.next()
    const body = stage.workspace.deliverEvent({ type: 'something_new', text: 'odd' })
    const first = await socket.next()
    socket.ack(first)
    const reply = stage.workspace.redeliver(body.event_id)
    const again = await socket.next()
    socket.ack(again)
    expect((await reply).state).toBe('acked')
    expect(again).toMatchObject({ retry_attempt: 1, payload: { event_id: body.event_id } })
    const raw = stage.workspace.deliverRaw({ nothing: 'of the usual' })
    const odd = await socket.next()
    socket.ack(odd)
    await raw
    expect(odd.payload).toEqual({ nothing: 'of the usual' })
    await expect(stage.workspace.redeliver('EvNONE')).rejects.toThrow('EvNONE')
  })
})
