import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import sample from '../../src/cli/data/recorded-event.json' with { type: 'json' }
import { RecordingUnreadableError, readRecordedEvent } from '../../src/slack/tools/recorded-event.ts'
import { hostileText } from '../support/hostile.ts'
import fc from '../support/properties.ts'
import { runTerminal } from '../support/terminal.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

describe('replay', () => {
  let fixture: TestApp
  let file: string
  const replay = async (recorded: unknown, settings: Readonly<Record<string, string>> = {}) => {
    await writeFile(file, typeof recorded === 'string' ? recorded : JSON.stringify(recorded))
    const { code, out, err } = await runTerminal(['replay', file, '--json'], { ...fixture.settings, ...settings })
    const calls = code === 0 && out ? out.split('\n').map((line) => JSON.parse(line)) : []
    return { code, err, calls }
  }

  beforeAll(async () => {
    fixture = await startTestApp({ sandbox: { rateLimits: false } })
    file = join(fixture.folder, 'event.json')
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  it('prints the answer to a question, and neither posts it nor keeps it', async () => {
    const { workspace } = fixture.sandbox
    const before = workspace.calls.length
    const { code, err, calls } = await replay(sample)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const posts = calls.filter(({ method }) => method === 'chat.postMessage')
    expect(posts).toHaveLength(1)
    expect(posts[0].args).toMatchObject({ channel: sample.event.channel, thread_ts: sample.event.ts })
    expect(JSON.stringify(posts[0].args)).toContain('Turbidity sensor occlusion')
    expect(JSON.stringify(posts[0].args)).toContain('ft:')
    expect(workspace.calls).toHaveLength(before)
    expect(await fixture.app.core.store.selectFrom('questions').selectAll().execute()).toEqual([])
  })

  it('says it in lines for people', async () => {
    await writeFile(file, JSON.stringify(sample))
    const { out } = await runTerminal(['replay', file], { ...fixture.settings })
    expect(out).toMatch(/^chat\.postMessage {2}channel C0FIELD0001/m)
    expect(out).toContain('[Run CLEAN_TURB]')
  })

  it('takes Socket Mode’s envelope, and answers a command here instead of at the recorded address', async () => {
    const command = {
      command: '/classify',
      text: 'Battery level on SENSOR-112 is at 4%.',
      trigger_id: '1.2',
      response_url: 'http://127.0.0.1:9/never',
      team_id: 'T0REPLAY01',
      channel_id: 'C0FIELD0001',
      user_id: 'U0TECHNICIAN',
      is_enterprise_install: 'false',
    }
    const { code, calls } = await replay({ envelope_id: 'e1', type: 'slash_commands', payload: command })
    expect(code).toBe(0)
    expect(calls.map(({ method }) => method)).toContain('response_url')
    expect(JSON.stringify(calls)).toContain('Power')
  })

  it('says so when the event is not for the app', async () => {
    const { code, err, calls } = await replay({ ...sample, event: { ...sample.event, bot_id: 'B1' } })
    expect({ code, calls }).toEqual({ code: 0, calls: [] })
    expect(err).toContain('did nothing')
  })

  it.each([
    ['{"type": ', 'no valid JSON', /not valid JSON/],
    ['[]', 'no object', /not a JSON object/],
    ['{"type":"event_callback"}', 'no event', /no event, click/],
    ['{"type":"block_actions"}', 'no workspace', /which workspace/],
  ])('refuses %s: %s', async (text, _, expected) => {
    const { code, err } = await replay(text)
    expect(code).toBe(1)
    expect(err).toMatch(expected)
    expect(err).toContain('--sample')
  })

  it('prints a sample, names a file that is not there, and asks for one', async () => {
    expect(JSON.parse((await runTerminal(['replay', '--sample'])).out)).toEqual(sample)
    const missing = await runTerminal(['replay', join(fixture.folder, 'none.json')], { ...fixture.settings })
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('none.json') })
    expect(await runTerminal(['replay'], { ...fixture.settings })).toMatchObject({ code: 2 })
  })

  it('never keeps a recorded address, whatever else stands in the file', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(hostileText(), fc.jsonValue())), (more) => {
        const recorded = { ...more, ...sample, response_url: 'https://hooks.slack.com/x', inner: [{ response_url: 1 }] }
        const event = readRecordedEvent(JSON.stringify(recorded), 'http://ours/response')
        const { body } = event.request('secret', new Date(0))
        expect(JSON.parse(body)).toMatchObject({
          response_url: 'http://ours/response',
          inner: [{ response_url: 'http://ours/response' }],
        })
      }),
      { numRuns: 50 },
    )
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          readRecordedEvent(text, 'http://ours/response')
        } catch (error) {
          expect(error).toBeInstanceOf(RecordingUnreadableError)
        }
      }),
      { numRuns: 100 },
    )
  })
})
