import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startWorkspace } from '../../src/sandbox/workspace/start.ts'
import { CHANNELS } from '../../src/sandbox/workspace/state/seed.ts'
import { temporaryFolder } from '../support/folder.ts'
import { runTerminal } from '../support/terminal.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const Findings = z.array(
  z.strictObject({
    what: z.string(),
    verdict: z.enum(['ok', 'warn', 'fault']),
    says: z.string(),
    todo: z.string().nullable(),
  }),
)

describe('doctor', () => {
  let fixture: TestApp
  const doctor = async (settings: Readonly<Record<string, string>> = {}) => {
    const { code, out, err } = await runTerminal(['doctor', '--json'], { ...fixture.settings, ...settings })
    const findings = Findings.parse(JSON.parse(out))
    return { code, out, err, findings, of: (what: string) => findings.filter((one) => one.what === what) }
  }

  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false, sandbox: { rateLimits: false } })
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  it('finds nothing to do where all is well, and posts nothing', async () => {
    const { code, findings, err } = await doctor()
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(findings.map(({ what }) => what)).toEqual([
      'settings',
      'catalog',
      'Slack',
      'scopes',
      'ALERT_CHANNEL',
      'Socket Mode',
      'database',
      'model server',
      'assistant, classifier, base model',
      'broker',
      'operators',
      'reviewers',
      'admins',
    ])
  })

  it('says it in lines for people', async () => {
    const { code, out } = await runTerminal(['doctor'], { ...fixture.settings, OPERATORS: '' })
    expect(code).toBe(0)
    expect(out).toMatch(/^ok {5}database: SQLite answers/m)
    expect(out).toMatch(/^warn {3}operators: nobody may send commands\n {7}→ Set OPERATORS/m)
  })

  it('tells every faulty setting, and looks at the rest all the same', async () => {
    const { code, of, err } = await doctor({ SLACK_BOT_TOKEN: 'secret-of-mine', PORT: 'http', ASSISTANT_MODEL: '' })
    expect(code).toBe(1)
    expect(of('SLACK_BOT_TOKEN')).toMatchObject([{ verdict: 'fault', todo: expect.stringContaining('xoxb-') }])
    expect(of('PORT')).toHaveLength(1)
    expect(of('ASSISTANT_MODEL')).toHaveLength(1)
    expect(of('database')).toMatchObject([{ verdict: 'ok' }])
    expect(of('broker')).toMatchObject([{ verdict: 'ok' }])
    expect(err).toMatch(/^3 faults/)
  })

  it('tells what cannot be reached, without the passwords', async () => {
    const away = 'u:swordfish@127.0.0.1:9'
    const { code, out, of } = await doctor({
      DATABASE_URL: `postgres://${away}/x`,
      MQTT_URL: `mqtt://${away}`,
      SLACK_API_URL: 'http://127.0.0.1:9/api/',
    })
    expect(code).toBe(1)
    expect(of('database')).toMatchObject([{ verdict: 'fault', todo: expect.stringContaining('DATABASE_URL') }])
    expect(of('models')).toMatchObject([{ verdict: 'warn' }])
    expect(of('broker')).toMatchObject([{ verdict: 'fault', says: expect.stringContaining('ECONNREFUSED') }])
    expect(of('Slack')).toMatchObject([{ verdict: 'fault' }, { verdict: 'fault' }])
    expect(out).not.toContain('swordfish')
    expect(out).not.toContain(fixture.settings.SLACK_BOT_TOKEN)
  })

  it('tells tokens that Slack refuses, and scopes that are missing', async () => {
    const refused = await doctor({ SLACK_BOT_TOKEN: 'xoxb-no-such', SLACK_APP_TOKEN: 'xapp-no-such' })
    expect(refused.of('Slack').map(({ says }) => says)).toEqual([
      'refuses SLACK_BOT_TOKEN: invalid_auth',
      'refuses SLACK_APP_TOKEN: invalid_auth',
    ])
    await using other = await startWorkspace({ commands: [], shortcuts: [], scopes: ['chat:write', 'commands'] })
    const { code, of } = await doctor({ SLACK_API_URL: other.apiUrl, SLACK_BOT_TOKEN: other.botToken })
    expect(code).toBe(1)
    expect(of('scopes')).toMatchObject([{ verdict: 'fault', says: expect.stringContaining('im:history') }])
  })

  it('tells channels that the bot would have to post in and is not in, or nobody has', async () => {
    const { code, of } = await doctor({ ALERT_CHANNEL: CHANNELS.general, REVIEW_CHANNEL: 'C0NOSUCH01' })
    expect(code).toBe(1)
    const invite = expect.stringContaining('/invite @')
    expect(of('ALERT_CHANNEL')).toMatchObject([
      { verdict: 'fault', says: expect.stringContaining(`is not in ${CHANNELS.general}`), todo: invite },
    ])
    expect(of('REVIEW_CHANNEL')).toMatchObject([
      { verdict: 'fault', says: expect.stringContaining('no channel C0NOSUCH01'), todo: invite },
    ])
    const { of: right } = await doctor({ REVIEW_CHANNEL: CHANNELS.fieldSupport })
    expect(right('REVIEW_CHANNEL')).toMatchObject([{ verdict: 'ok', todo: null }])
  })

  it('tells a model that the server does not know, and one that stops soon', async () => {
    const { code, of } = await doctor({ ASSISTANT_MODEL: 'gone', FALLBACK_MODEL: 'ft:gpt-4o-mini-2024-07-18:acme::1' })
    expect(code).toBe(1)
    expect(of('assistant, classifier')).toMatchObject([
      { verdict: 'fault', says: expect.stringContaining('gone does not answer') },
    ])
    expect(of('fallback')).toMatchObject([{ verdict: 'warn' }])
    expect(of('last day of ft:gpt-4o-mini-2024-07-18:acme::1')).toHaveLength(1)
  })

  it('tells a catalog that cannot be used, and a database that is none', async () => {
    await using folder = await temporaryFolder()
    const { code, of } = await doctor({
      CATALOG_FILE: join(folder.path, 'none.json'),
      DATABASE_URL: `sqlite:${folder.path}`,
    })
    expect(code).toBe(1)
    expect(of('catalog')).toMatchObject([{ verdict: 'fault', todo: expect.stringContaining('none.json') }])
    expect(of('database')).toMatchObject([{ verdict: 'fault' }])
  })

  it('looks at the signing secret and the port where Slack posts to us', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    const { of } = await doctor({ SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: 'mine', PORT: String(port) })
    expect(of('signing secret')).toMatchObject([{ verdict: 'warn' }])
    expect(of('port')).toMatchObject([{ verdict: 'ok', says: `nothing listens on ${port} now; the bot will` }])
  })
})
