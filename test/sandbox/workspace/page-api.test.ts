import { request } from 'node:http'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { Device, DeviceAction } from '../../../src/sandbox/page/contract.ts'
import { takeSeat } from '../../support/seat.ts'
import { openStage } from './stage.ts'

type Asked = { status: number; body: string }
const ask = (url: string, headers: Record<string, string>, body?: string) =>
  new Promise<Asked>((resolve, reject) => {
    const { hostname, port, pathname, search } = new URL(url)
    const method = body === undefined ? 'GET' : 'POST'
    const asking = request({ hostname, port, path: `${pathname}${search}`, method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    asking.on('error', reject)
    asking.end(body)
  })
const JSON_TYPE = { 'content-type': 'application/json' }

describe('the door', () => {
  it('is closed to other sites and to names that were pointed at this machine', async () => {
    await using stage = await openStage()
    const { url } = stage.workspace
    const { host, port } = new URL(url)
    const state = `${url}/sandbox/state`
    expect((await ask(state, { host })).status).toBe(200)
    expect((await ask(state, { host: `localhost:${port}` })).status).toBe(200)
    expect((await ask(state, { host, origin: url })).status).toBe(200)
    for (const headers of [
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
      { host: '127.0.0.1:1' },
      { host, origin: 'https://evil.example' },
      { host, origin: 'null' },
      { host, origin: `http://127.0.0.1:${Number(port) + 1}` },
      { host, 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await ask(state, headers as Record<string, string>)).status, JSON.stringify(headers)).toBe(403)
    }
    const post = JSON.stringify({ user: stage.workspace.people.technician, channel: 'x', text: 'y' })
    expect((await ask(`${url}/sandbox/messages`, { host, 'content-type': 'text/plain' }, post)).status).toBe(415)
    expect((await ask(`${url}/api/auth.test`, { host, origin: 'https://evil.example' }, '')).status).toBe(403)
  })

  it('refuses requests that are not what the contract says, and goes on', async () => {
    await using stage = await openStage()
    const { url, people } = stage.workspace
    const { host } = new URL(url)
    const paths = [
      'messages',
      'commands',
      'shortcuts',
      'reactions',
      'actions',
      'views/submit',
      'views/close',
      'home',
      'options',
    ]
    for (const path of paths) {
      for (const body of ['', '[]', 'null', '{"user":1}', `{"user":"${people.technician}"}`, '{"user":', '"x"']) {
        const { status, body: answer } = await ask(`${url}/sandbox/${path}`, { host, ...JSON_TYPE }, body)
        expect(status, path).toBe(200)
        expect(JSON.parse(answer), `${path} ${body}`).toMatchObject({ ok: false, code: 'invalid_request' })
      }
    }
    const asBot = JSON.stringify({ user: people.bot, channel: 'C0FIELD001', text: 'hi' })
    expect(JSON.parse((await ask(`${url}/sandbox/messages`, { host, ...JSON_TYPE }, asBot)).body)).toMatchObject({
      code: 'user_not_found',
    })
    expect((await ask(`${url}/sandbox/state?user=U0NOBODY01`, { host })).status).toBe(404)
    expect((await ask(`${url}/sandbox/files/F1/x`, { host })).status).toBe(404)
    expect((await ask(`${url}/nothing/here`, { host })).status).toBe(404)
  })
})

describe('what the page is given', () => {
  it('is the whole state of one person', async () => {
    await using stage = await openStage({
      codes: [{ code: 'E-02', problem: 'Turbidity sensor occlusion' }],
      about: () => [{ label: 'Model', value: 'ft:1' }],
    })
    const ruth = await stage.seat(stage.workspace.people.reviewer)
    expect(ruth.snapshot).toMatchObject({
      workspace: { botUserId: stage.workspace.people.bot, appName: 'HydroCore Assistant', appConnected: false },
      viewerId: stage.workspace.people.reviewer,
      commands: [{ command: '/diagnose' }],
      codes: [{ code: 'E-02' }],
      about: [{ label: 'Model', value: 'ft:1' }],
      devices: [],
    })
    expect(ruth.snapshot.people.map(({ realName }) => realName)).toContain('Omar Field')
    expect(ruth.snapshot.channels.map(({ name }) => name)).toEqual([
      'field-support',
      'device-alerts',
      'general',
      'bulletin',
      'directmessage',
    ])
  })

  it('includes the pages that are mounted, and the devices', async () => {
    const acted: [string, DeviceAction][] = []
    const device: Device = { id: 'HC5000-A-1138', online: true, firmware: '1', codes: [], behaviour: 'works', log: [] }
    let tell: (device: Device) => void = () => {}
    await using stage = await openStage({
      pages: new Hono().get('/', (c) => c.html('<p>The page</p>')),
      devices: {
        list: () => [device],
        act(id, action) {
          acted.push([id, action])
          return { ok: true }
        },
        subscribe(listener) {
          tell = listener
          return () => {}
        },
      },
    })
    const { url } = stage.workspace
    const { host } = new URL(url)
    expect((await ask(`${url}/`, { host })).body).toBe('<p>The page</p>')
    const address = `${url}/sandbox/devices/${device.id}`
    const raise = JSON.stringify({ id: device.id, action: 'raise', code: 'E-02' })
    expect((await ask(address, { host, ...JSON_TYPE }, raise)).body).toBe('{"ok":true}')
    expect(acted).toEqual([[device.id, { action: 'raise', code: 'E-02' }]])
    const odd = await ask(address, { host, ...JSON_TYPE }, '{"action":"explode"}')
    expect(JSON.parse(odd.body)).toMatchObject({ ok: false, code: 'invalid_request' })
    const tessa = await stage.seat(stage.workspace.people.technician)
    expect(tessa.snapshot.devices).toEqual([device])
    const heard = new Promise<string>((resolve) => {
      const listening = request(`${url}/sandbox/events?user=${tessa.userId}`, (response) => {
        response.on('data', (chunk) => {
          if (!String(chunk).includes('"type":"device"')) return void tell({ ...device, online: false })
          listening.destroy()
          resolve(String(chunk))
        })
      })
      listening.end()
    })
    expect(await heard).toContain('"online":false')
  })
})

describe('a seat', () => {
  it('tells what it saw last when it waits in vain', async () => {
    await using stage = await openStage()
    const tessa = await stage.seat(stage.workspace.people.technician)
    const ts = await tessa.say(tessa.dm, 'is anybody there')
    await tessa.waitFor(({ messages }) => messages.find((one) => one.ts === ts))
    const vain = tessa.waitFor(({ modals }) => modals[0], { timeoutMs: 10, what: 'a form' })
    await expect(vain).rejects.toThrow(/10 ms in vain for: a form.*is anybody there.*modals: none/s)
  })

  it('names what there is to press when asked for something else', async () => {
    await using stage = await openStage()
    const tessa = await stage.seat(stage.workspace.people.technician)
    const text = { type: 'plain_text' as const, text: 'Run CLEAN_TURB' }
    await stage.client.chat.postMessage({
      channel: tessa.dm,
      text: 'x',
      blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'run', text }] }],
    })
    const message = await tessa.waitFor(({ messages }) => messages[0])
    expect(() => tessa.click(message, 'Stop')).toThrow('run (Run CLEAN_TURB)')
  })

  it('sees what was said while its connection was broken', async () => {
    const first = await openStage()
    const port = Number(new URL(first.workspace.url).port)
    await using tessa = await takeSeat(first.workspace.url, first.workspace.people.technician)
    await first[Symbol.asyncDispose]()
    await using second = await openStage({ port })
    await second.client.chat.postMessage({ channel: tessa.dm, text: 'back again' })
    await tessa.waitFor(({ messages }) => messages.find((one) => one.text === 'back again'))
    await second.client.chat.postMessage({ channel: tessa.dm, text: 'and on' })
    await tessa.waitFor(({ messages }) => messages.find((one) => one.text === 'and on'))
  })

  it('cannot be taken by nobody', async () => {
    await using stage = await openStage()
    await expect(takeSeat(stage.workspace.url, 'U0NOBODY01')).rejects.toThrow('could not sit down')
  })
})
