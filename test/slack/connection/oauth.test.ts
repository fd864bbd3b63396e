import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Workspace } from '../../../src/sandbox/workspace/options.ts'
import { startWorkspace } from '../../../src/sandbox/workspace/start.ts'
import { SECOND_TEAM } from '../../../src/sandbox/workspace/state/seed.ts'
import { openBrowser, whyNoBrowser } from '../../support/browser.ts'
import { type Seat, takeSeat } from '../../support/seat.ts'
import { readMessage } from '../../support/seat-reading.ts'
import { startTestApp, type TransportName } from '../../support/test-app.ts'
import { readableLog } from '../connection-fixture.ts'
import { cancelAt, comeBack, goTo, install, openInstallPage } from './installer.ts'

/** The real app without a token, and two workspaces of one Slack that may install it. */
async function openTwoWorkspaces(transport: TransportName) {
  await using opened = new AsyncDisposableStack()
  const log = readableLog()
  const fixture = opened.use(
    await startTestApp({
      transport,
      isTrained: false,
      given: { logger: log.logger },
      settings: {
        SLACK_BOT_TOKEN: '',
        SLACK_CLIENT_ID: '1000000000001.2000000000002',
        SLACK_CLIENT_SECRET: 'sandbox-hydrocore-client-secret',
        INSTALLATIONS_KEY: randomBytes(32).toString('base64'),
        PORT: '0',
        // The sandbox's own channel names no workspace.
        ALERT_CHANNEL: '',
      },
    }),
  )
  const first = fixture.sandbox.workspace
  const second = opened.use(
    await startWorkspace({ team: SECOND_TEAM, besides: first, isInstalled: false, commands: [], shortcuts: [] }),
  )
  const origin = `http://127.0.0.1:${fixture.app.port()}`
  first.redirectTo([`${origin}/slack/oauth_redirect`])
  if (transport === 'http') await second.sendTo(`${origin}/slack/events`)
  const held = opened.move()
  return {
    fixture,
    log,
    first,
    second,
    origin,
    seat: async (workspace: Workspace, user: string) => held.use(await takeSeat(workspace.url, user)),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

const answerIn = async (seat: Seat, bot: string, text: string, channel = seat.dm) => {
  const ts = await seat.say(channel, text)
  return seat.waitFor(({ messages }) => messages.find((one) => one.userId === bot && one.threadTs === ts), {
    what: `an answer to ${text}`,
  })
}

describe.each<TransportName>(['http', 'socket'])('several workspaces (%s)', (transport) => {
  it('are served each with its own token, from its installation to its end', { timeout: 30_000 }, async () => {
    await using stage = await openTwoWorkspaces(transport)
    const { fixture, log, first, second, origin } = stage
    const { store } = fixture.app.core
    const tessa = await stage.seat(first, first.people.technician)
    const theirs = await stage.seat(second, second.people.technician)

    // Nobody installed it through our page yet: what comes is acknowledged, dropped, and told once.
    await tessa.say(tessa.dm, 'E-02 please')
    await tessa.say(tessa.dm, 'E-02 again')
    await first.settled()
    expect(log.said('not installed')).toMatchObject([{ team: first.team.id }])
    expect(first.deliveries().map(({ reply }) => reply?.state)).toEqual(['acked', 'acked'])
    expect(await store.selectFrom('questions').selectAll().execute()).toEqual([])

    expect(await install(origin, first)).toContain('is installed')
    expect(await install(origin, second)).toContain('is installed')
    const sealed = await store.selectFrom('kv').selectAll().where('key', 'like', 'installation::%').execute()
    expect(sealed.map(({ key }) => key).sort()).toEqual([
      `installation::${first.team.id}`,
      `installation::${second.team.id}`,
    ])
    expect(JSON.stringify(sealed)).not.toContain('xoxb')

    // The same people and channels exist in both, and they ask at the same time.
    const [ours, other] = await Promise.all([
      answerIn(tessa, first.people.bot, `<@${first.people.bot}> E-02 on HC5000-A-1138`, first.channels.fieldSupport),
      answerIn(
        theirs,
        second.people.bot,
        `<@${second.people.bot}> E-02 on HC5000-B-2201`,
        second.channels.fieldSupport,
      ),
    ])
    expect(readMessage(ours)).toContain('HC5000-A-1138')
    expect(readMessage(other)).toContain('HC5000-B-2201')
    const rows = await store.selectFrom('answers').select(['team', 'device']).orderBy('team').execute()
    expect(rows).toEqual([
      { team: first.team.id, device: 'HC5000-A-1138' },
      { team: second.team.id, device: 'HC5000-B-2201' },
    ])
    // Another workspace's bot is just somebody there.
    await theirs.say(second.channels.fieldSupport, `<@${first.people.bot}> E-01`)
    await second.settled()
    expect(await store.selectFrom('questions').selectAll().where('text', 'like', '%E-01%').execute()).toEqual([])

    // The device's news finds its way back to the workspace of the answer, by that workspace's token.
    await theirs.click(other, 'Run CLEAN_TURB')
    const done = await theirs.waitFor(
      ({ messages }) => messages.find((one) => one.ts === other.ts && readMessage(one).includes('succeeded')),
      { what: 'the result of the command' },
    )
    expect(readMessage(done)).toContain(`<@${second.people.technician}>`)
    expect(tessa.messages().filter((one) => readMessage(one).includes('succeeded'))).toEqual([])

    await theirs.react(other, '-1')
    await theirs.waitFor(({ messages }) => messages.find((one) => one.isEphemeral), {
      what: 'the question what is right',
    })
    const votes = await store.selectFrom('vote_events').select(['voter_team', 'value']).execute()
    expect(votes).toEqual([{ voter_team: second.team.id, value: -1 }])
    await theirs.openHome()
    await theirs.waitFor(({ home }) => home, { what: 'the Home tab' })

    // Taken out of one, it stays in the other.
    second.uninstall()
    await expect
      .poll(() => store.selectFrom('kv').select('key').where('key', 'like', 'installation::%').execute())
      .toEqual([{ key: `installation::${first.team.id}` }])
    const reply = await second.deliverRaw({
      team_id: second.team.id,
      event: { type: 'message', channel: theirs.dm, channel_type: 'im', user: theirs.userId, text: 'E-02', ts: '9.9' },
    })
    expect(reply).toMatchObject({ state: 'acked' })
    await expect.poll(() => log.said('not installed').map(({ team }) => team)).toContain(second.team.id)
    expect(readMessage(await answerIn(tessa, first.people.bot, 'E-02 once more'))).toContain('Turbidity')

    // And comes back with a new token.
    expect(await install(origin, second)).toContain('is installed')
    expect(readMessage(await answerIn(theirs, second.people.bot, 'W-10 now'))).toContain('battery')
    expect(first.calls.concat(second.calls).filter(({ error }) => error === 'invalid_auth')).toEqual([])
  })
})

const noBrowser = whyNoBrowser()

describe('the install page', () => {
  it.skipIf(noBrowser)(
    `leads a browser through Slack’s page and back${noBrowser ? ` (${noBrowser})` : ''}`,
    {
      timeout: 30_000,
    },
    async () => {
      await using stage = await openTwoWorkspaces('http')
      const browser = await openBrowser()
      const page = await browser.newPage()
      await page.goto(`${stage.origin}/slack/install`)
      await page.getByRole('link', { name: 'Choose a workspace in Slack' }).click()
      await page.getByRole('radio', { name: stage.second.team.name }).check()
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByRole('heading', { name: 'HydroCore Assistant is installed' }).waitFor()
      const open = await page.getByRole('link', { name: 'Open Slack' }).getAttribute('href')
      expect((await fetch(open ?? '', { redirect: 'manual' })).headers.get('location')).toBe(stage.second.url)
      await browser.close()
      const theirs = await stage.seat(stage.second, stage.second.people.technician)
      expect(readMessage(await answerIn(theirs, stage.second.people.bot, 'E-05 please'))).toContain('E-05')
    },
  )

  it('says kindly what went wrong, and installs nothing', { timeout: 20_000 }, async () => {
    await using stage = await openTwoWorkspaces('http')
    const { origin, first, fixture } = stage
    const stored = () =>
      fixture.app.core.store.selectFrom('kv').select('key').where('key', 'like', 'installation::%').execute()

    const page = await openInstallPage(origin)
    const cancelled = await comeBack(await cancelAt(page.authorize), page.cookie)
    expect(cancelled).toMatchObject({ status: 400, html: expect.stringContaining('cancelled') })

    const back = await goTo(page.authorize, first)
    expect(await comeBack(back, 'slack-app-oauth-state=of-another-browser')).toMatchObject({
      status: 400,
      html: expect.stringContaining('another browser'),
    })
    const again = await openInstallPage(origin)
    const good = await goTo(again.authorize, first)
    const forged = new URL(good)
    forged.searchParams.set('state', 'made-up')
    expect((await comeBack(forged.href, 'slack-app-oauth-state=made-up')).status).toBe(400)
    expect((await comeBack(`${origin}/slack/oauth_redirect`, again.cookie)).status).toBe(400)
    expect(await stored()).toEqual([])

    expect((await comeBack(good, again.cookie)).status).toBe(200)
    expect(await comeBack(good, again.cookie)).toMatchObject({ status: 400 })
    expect(await stored()).toHaveLength(1)
  })

  it('says so when Slack refuses the exchange', async () => {
    await using stage = await openTwoWorkspaces('http')
    stage.first.faults.add({ method: 'oauth.v2.access', error: 'bad_client_secret' })
    const page = await openInstallPage(stage.origin)
    const result = await comeBack(await goTo(page.authorize, stage.first), page.cookie)
    expect(result.status).toBe(500)
    expect(result.html).not.toContain('bad_client_secret')
    expect(JSON.stringify(stage.log.lines)).toContain('bad_client_secret')
    expect(JSON.stringify(stage.log.lines)).not.toContain('sandbox-hydrocore-client-secret')
  })
})
