import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Installation } from '@slack/bolt'
import { describe, expect, it } from 'vitest'
import { createStates } from '../../../src/slack/connection/install-pages.ts'
import { createInstallations } from '../../../src/slack/connection/installations.ts'
import { oauthAccess } from '../../../src/slack/connection/oauth.ts'
import { openKv, openPermanentKv } from '../../../src/store/expiring.ts'
import { openStore, type Store } from '../../../src/store/open.ts'
import { createSealing, UnsealableError } from '../../../src/store/sealing.ts'
import { silent } from '../../support/silent.ts'
import { readableLog } from '../connection-fixture.ts'

const key = randomBytes(32)
const memory = () => openStore({ kind: 'sqlite', path: ':memory:' }, silent)

/** What Slack's library stores after a person pressed Allow. */
const installation = (team: string, token: string, over: Partial<Installation<'v2', boolean>> = {}) =>
  ({
    team: { id: team, name: team },
    enterprise: undefined,
    user: { token: undefined, scopes: undefined, id: 'U1' },
    bot: { token, id: `B${team}`, userId: `U${team}`, scopes: ['chat:write'] },
    isEnterpriseInstall: false,
    authVersion: 'v2',
    ...over,
  }) as Installation<'v2', boolean>
const ofOrganisation = (organisation: string, token: string) =>
  installation('', token, { team: undefined, enterprise: { id: organisation }, isEnterpriseInstall: true })

function open(
  store: Store,
  { now = Date.now, logger = silent, keys = [key], apiUrl = 'http://127.0.0.1:9/api/' } = {},
) {
  const config = { clientId: '1.2', clientSecret: 'secret', redirectUri: null, keys }
  const access = oauthAccess(config, { store, apiUrl, logger, now })
  const kept = openPermanentKv<unknown>(store, { namespace: 'installation', sealing: createSealing(keys) })
  // As another instance would write them: the access under test learns of it from the database alone.
  return { access, elsewhere: createInstallations(kept, () => undefined, now) }
}
const at = (team: string, organisation: string | null = null) => ({ team, organisation })

describe('installations', () => {
  it('give each workspace its own token and its own bot', async () => {
    const { access, elsewhere } = open(await memory())
    await elsewhere.storeInstallation(installation('T1', 'xoxb-1'))
    await elsewhere.storeInstallation(installation('T2', 'xoxb-2'))
    expect(await access.find(at('T1'))).toMatchObject({ team: 'T1', token: 'xoxb-1', botUserId: 'UT1', botId: 'BT1' })
    expect(await access.find(at('T2'))).toMatchObject({ team: 'T2', token: 'xoxb-2', botUserId: 'UT2' })
    expect((await access.find(at('T1')))?.clients.posting.token).toBe('xoxb-1')
  })

  it('are looked up once in a while, and a missing one is told once meanwhile', async () => {
    let time = 1_000_000
    const { logger, said } = readableLog()
    const { access, elsewhere } = open(await memory(), { now: () => time, logger })
    for (let n = 0; n < 5; n += 1) expect(await access.find(at('T1'))).toBeNull()
    expect(said('not installed')).toHaveLength(1)
    await elsewhere.storeInstallation(installation('T1', 'xoxb-1'))
    expect(await access.find(at('T1'))).toBeNull()
    time += 5_001
    const first = await access.find(at('T1'))
    expect(first?.token).toBe('xoxb-1')
    await elsewhere.storeInstallation(installation('T1', 'xoxb-2'))
    expect((await access.find(at('T1')))?.token).toBe('xoxb-1')
    time += 60_001
    expect((await access.find(at('T1')))?.token).toBe('xoxb-2')
    time += 60_001
    expect((await access.find(at('T1')))?.clients).toBe((await access.find(at('T1')))?.clients)
  })

  it('of a whole organisation serve its workspaces, also when later work knows the workspace alone', async () => {
    const store = await memory()
    const { access, elsewhere } = open(store)
    await elsewhere.storeInstallation(ofOrganisation('E1', 'xoxb-org'))
    expect(await access.find(at('T9'))).toBeNull()
    const again = open(store).access
    const seen = await again.find(at('T7', 'E1'))
    expect(seen).toMatchObject({ team: 'T7', token: 'xoxb-org' })
    // After a restart a question of T7 is to be answered.
    expect(await open(store).access.find(at('T7'))).toMatchObject({ team: 'T7', token: 'xoxb-org' })
    await again.leave(at('T7', 'E1'), null)
    expect(await open(store).access.find(at('T7'))).toBeNull()
  })

  it('go when the app is uninstalled, but not by an old farewell', async () => {
    let time = 1_000_000_000
    const { access, elsewhere } = open(await memory(), { now: () => time })
    await elsewhere.storeInstallation(installation('T1', 'xoxb-1'))
    await elsewhere.storeInstallation(installation('T2', 'xoxb-2'))
    const before = new Date(time - 60_000)
    await access.leave(at('T1'), before)
    expect((await access.find(at('T1')))?.token).toBe('xoxb-1')
    time += 1_000
    await access.leave(at('T1'), new Date(time))
    expect(await access.find(at('T1'))).toBeNull()
    expect(await elsewhere.find('T1')).toBeNull()
    expect((await access.find(at('T2')))?.token).toBe('xoxb-2')
    await access.leave(at('T1'), null)
  })

  it('tell at the start when the key is the wrong one, and go on when only one of them is unreadable', async () => {
    const store = await memory()
    await open(store).elsewhere.storeInstallation(installation('T1', 'xoxb-1'))
    const wrong = open(store, { keys: [randomBytes(32)] })
    await expect(wrong.access.open(AbortSignal.timeout(5_000))).rejects.toBeInstanceOf(UnsealableError)
    await wrong.elsewhere.storeInstallation(installation('T2', 'xoxb-2'))
    const { logger, said } = readableLog()
    const half = open(store, { logger })
    await half.access.open(AbortSignal.timeout(5_000))
    expect(said('unreadable')).toHaveLength(1)
    expect((await half.access.find(at('T1')))?.token).toBe('xoxb-1')
    await expect(half.access.find(at('T2'))).rejects.toBeInstanceOf(UnsealableError)
    await half.access.leave(at('T2'), new Date())
    expect(await half.access.find(at('T2'))).toBeNull()
  })

  it('with tokens that expire are renewed in time, and kept', async () => {
    const asked: URLSearchParams[] = []
    const slack = createServer(async (request, response) => {
      asked.push(new URLSearchParams(await text(request)))
      const renewed = { access_token: 'xoxe.xoxb-new', refresh_token: 'xoxe-2', expires_in: 43_200, token_type: 'bot' }
      response.end(JSON.stringify({ ok: true, ...renewed }))
    }).listen(0)
    await once(slack, 'listening')
    const { port } = slack.address() as AddressInfo
    const store = await memory()
    const { access, elsewhere } = open(store, { apiUrl: `http://127.0.0.1:${port}/api/` })
    const soon = Math.floor(Date.now() / 1_000) + 600
    const bot = { token: 'xoxe.xoxb-old', refreshToken: 'xoxe-1', expiresAt: soon, id: 'B1', userId: 'U1', scopes: [] }
    await elsewhere.storeInstallation(installation('T1', '', { bot }))
    const before = await elsewhere.find('T1')
    expect((await access.find(at('T1')))?.token).toBe('xoxe.xoxb-new')
    expect(asked.map((one) => [one.get('grant_type'), one.get('refresh_token')])).toEqual([['refresh_token', 'xoxe-1']])
    const after = await elsewhere.find('T1')
    expect(after?.bot).toMatchObject({ token: 'xoxe.xoxb-new', refreshToken: 'xoxe-2' })
    expect(after?.installedAt).toBe(before?.installedAt)
    slack.close()
  })

  it('are of no use in another workspace’s place', async () => {
    const store = await memory()
    const { access, elsewhere } = open(store)
    await elsewhere.storeInstallation(installation('T1', 'xoxb-1'))
    await elsewhere.storeInstallation(installation('T2', 'xoxb-2'))
    const stolen = await store
      .selectFrom('kv')
      .select('value')
      .where('key', '=', 'installation::T1')
      .executeTakeFirstOrThrow()
    await store.updateTable('kv').set(stolen).where('key', '=', 'installation::T2').execute()
    await expect(access.find(at('T2'))).rejects.toBeInstanceOf(UnsealableError)
  })
})

describe('the state of an installation under way', () => {
  it('is good once, whoever else comes with it at the same time', async () => {
    const store = await memory()
    const states = [1, 2, 3].map(() =>
      createStates(openKv<unknown>(store, { namespace: 'oauth-state', ttlMs: 60_000 })),
    )
    const asked = { scopes: ['chat:write'], redirectUri: 'https://bot.example/back' }
    const state = (await states[0]?.generateStateParam(asked, new Date())) ?? ''
    const outcomes = await Promise.allSettled(states.map((one) => one.verifyStateParam(new Date(), state)))
    const good = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(good.map(({ value }) => value)).toEqual([asked])
    await expect(states[0]?.verifyStateParam(new Date(), state)).rejects.toThrow()
    await expect(states[0]?.verifyStateParam(new Date(), 'made-up')).rejects.toThrow()
  })

  it('cannot be guessed, and is forgotten after its time', async () => {
    const store = await memory()
    const kept = openKv<unknown>(store, { namespace: 'oauth-state', ttlMs: 20 })
    const states = createStates(kept)
    const [one = '', two] = await Promise.all([
      states.generateStateParam({ scopes: [] }, new Date()),
      states.generateStateParam({ scopes: [] }, new Date()),
    ])
    expect(one).not.toBe(two)
    expect(one).toMatch(/^[\w-]{32}$/)
    await expect.poll(() => kept.get(one)).toBeUndefined()
    await expect(states.verifyStateParam(new Date(), one)).rejects.toThrow()
  })
})
