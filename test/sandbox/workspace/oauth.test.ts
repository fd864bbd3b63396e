import { describe, expect, it } from 'vitest'
import type { Workspace } from '../../../src/sandbox/workspace/options.ts'
import { startWorkspace } from '../../../src/sandbox/workspace/start.ts'
import { SECOND_TEAM } from '../../../src/sandbox/workspace/state/seed.ts'
import { rawSocket } from './raw-socket.ts'
import { openStage, platformError, webClient } from './stage.ts'

const BACK = 'https://bot.example/slack/oauth_redirect'
const QUIET = { commands: [], shortcuts: [], rateLimits: false } as const

/** What Slack's page does with a request, and where it sends the browser. */
async function decide(workspace: Workspace, over: Readonly<Record<string, string>> = {}) {
  const asked = {
    client_id: workspace.clientId,
    scope: 'chat:write,users:read',
    state: 'st',
    decision: 'allow',
    ...over,
  }
  const response = await fetch(`${new URL(workspace.apiUrl).origin}/oauth/v2/authorize`, {
    method: 'POST',
    body: new URLSearchParams(asked),
    redirect: 'manual',
  })
  const location = response.headers.get('location')
  return {
    status: response.status,
    text: await response.text(),
    query: location ? new URL(location).searchParams : null,
  }
}

const codeFor = async (workspace: Workspace, over?: Readonly<Record<string, string>>) =>
  (await decide(workspace, over)).query?.get('code') ?? ''

const exchange = (workspace: Workspace, code: string, over: Readonly<Record<string, string>> = {}) =>
  webClient(workspace, '').oauth.v2.access({
    client_id: workspace.clientId,
    client_secret: workspace.clientSecret,
    code,
    ...over,
  })

describe('installing an app', () => {
  it('shows what is asked for, and sends the browser back with a code or a refusal', async () => {
    await using stage = await openStage({ isInstalled: false })
    const { workspace } = stage
    workspace.redirectTo([BACK])
    const asked = new URLSearchParams({ client_id: workspace.clientId, scope: 'chat:write', state: '"><b>' })
    const page = await (await fetch(`${workspace.url}/oauth/v2/authorize?${asked}`)).text()
    expect(page).toContain('chat:write')
    expect(page).not.toContain('<b>')
    const allowed = await decide(workspace)
    expect(allowed.status).toBe(302)
    expect(allowed.query?.get('state')).toBe('st')
    expect(allowed.query?.get('code')).toMatch(/^[\w-]{20,}$/)
    const refused = await decide(workspace, { decision: 'cancel' })
    expect(refused.query?.get('error')).toBe('access_denied')
  })

  it.each([
    ['invalid_client_id', { client_id: '7.7' }],
    ['no_scopes', { scope: '' }],
    ['bad_redirect_uri', { redirect_uri: 'https://elsewhere.example/' }],
  ])('answers %s to a request that cannot be', async (fault, over) => {
    await using stage = await openStage()
    stage.workspace.redirectTo([BACK])
    const { status, text } = await decide(stage.workspace, over)
    expect(status).toBe(400)
    expect(text).toContain(fault)
  })

  it('exchanges a code once, for who knows the secret, to where it was asked from', async () => {
    await using stage = await openStage({ isInstalled: false })
    const { workspace } = stage
    workspace.redirectTo([BACK])
    expect(await platformError(exchange(workspace, 'made-up'))).toBe('invalid_code')
    const code = await codeFor(workspace)
    expect(await platformError(exchange(workspace, code, { client_secret: 'no' }))).toBe('bad_client_secret')
    expect(await platformError(exchange(workspace, code, { redirect_uri: BACK }))).toBe('bad_redirect_uri')
    const answer = await exchange(workspace, code)
    expect(answer).toMatchObject({
      token_type: 'bot',
      scope: 'chat:write,users:read',
      bot_user_id: workspace.people.bot,
      team: { id: workspace.team.id },
      is_enterprise_install: false,
    })
    expect(await platformError(exchange(workspace, code))).toBe('code_already_used')
  })

  it('gives the scopes that were asked for, and no event before', async () => {
    await using stage = await openStage({ isInstalled: false })
    const { workspace } = stage
    workspace.redirectTo([BACK])
    await using tessa = await stage.seat(workspace.people.technician)
    await tessa.say(tessa.dm, 'is anybody there?')
    expect(workspace.deliveries()).toEqual([])
    expect(await platformError(stage.client.auth.test())).toBe('invalid_auth')
    const { access_token = '' } = await exchange(workspace, await codeFor(workspace))
    const client = webClient(workspace, access_token)
    expect(await platformError(client.chat.postMessage({ channel: 'C0FIELD001', text: 'here' }))).toBe('ok')
    expect(await platformError(client.reactions.get({ channel: 'C0FIELD001', timestamp: '1.1' }))).toBe('missing_scope')
  })
})

describe('taking an app out', () => {
  it('revokes its token, says so with two events, and then tells it nothing more', async () => {
    await using stage = await openStage()
    const { workspace } = stage
    await using socket = await rawSocket(workspace)
    await socket.next()
    expect(await stage.client.auth.revoke({ test: true })).toMatchObject({ revoked: false })
    expect(await platformError(stage.client.auth.test())).toBe('ok')
    expect(await stage.client.auth.revoke()).toMatchObject({ revoked: true })
    expect(await platformError(stage.client.auth.test())).toBe('token_revoked')
    const frames = [await socket.next(), await socket.next()]
    expect(frames.map(({ payload }) => payload?.event?.type).sort()).toEqual(['app_uninstalled', 'tokens_revoked'])
    for (const frame of frames) socket.ack(frame)
    await using tessa = await stage.seat(workspace.people.technician)
    await tessa.say(tessa.dm, 'gone?')
    expect(await tessa.command('/diagnose E-02')).toMatchObject({ ok: false, code: 'unknown_command' })
    await workspace.settled()
    expect(socket.unread()).toBe(0)
  })
})

describe('two workspaces of one Slack', () => {
  it('share an address; a call goes where its token belongs', async () => {
    await using stage = await openStage()
    const first = stage.workspace
    await using second = await startWorkspace({ ...QUIET, team: SECOND_TEAM, besides: first })
    expect(second.apiUrl).toBe(first.apiUrl)
    const theirs = webClient(first, second.botToken)
    expect(await theirs.auth.test()).toMatchObject({ team_id: second.team.id, user_id: second.people.bot })
    expect(await stage.client.auth.test()).toMatchObject({ team_id: first.team.id, user_id: first.people.bot })
    await theirs.chat.postMessage({ channel: second.channels.fieldSupport, text: 'only there' })
    await using here = await stage.seat(first.people.technician)
    expect(here.messages().map(({ text }) => text)).not.toContain('only there')
    expect(second.calls.map(({ method }) => method)).toContain('chat.postMessage')
    expect(first.calls.map(({ method }) => method)).not.toContain('chat.postMessage')
  })

  it('reach the app by the same sockets, each in its own name', async () => {
    await using stage = await openStage()
    await using second = await startWorkspace({ ...QUIET, team: SECOND_TEAM, besides: stage.workspace })
    await using socket = await rawSocket(stage.workspace)
    await socket.next()
    second.deliverEvent({ type: 'message', n: 2 })
    const frame = await socket.next()
    socket.ack(frame)
    expect(frame.payload).toMatchObject({
      team_id: second.team.id,
      authorizations: [{ team_id: second.team.id, user_id: second.people.bot }],
    })
  })

  it('keep what came while nobody was connected', async () => {
    await using stage = await openStage()
    await using second = await startWorkspace({ ...QUIET, team: SECOND_TEAM, besides: stage.workspace })
    second.deliverEvent({ type: 'message', n: 2 })
    await second.settled()
    await using socket = await rawSocket(stage.workspace)
    expect((await socket.next()).type).toBe('hello')
    expect((await socket.next()).payload?.event?.n).toBe(2)
    await expect(second.connected()).resolves.toBeUndefined()
  })
})
