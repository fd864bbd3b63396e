import { describe, expect, it } from 'vitest'
import { openStage } from './stage.ts'

describe('slash commands and shortcuts', () => {
  it('carry what Slack carries, and show what the app answers', async () => {
    await using stage = await openStage()
    const seen: Record<string, unknown>[] = []
    await stage.boltApp((app) => {
      app.command('/diagnose', async ({ ack, command }) => {
        seen.push(command)
        if (command.text === 'aloud') await ack({ response_type: 'in_channel', text: 'for all' })
        else if (command.text === 'broken') await ack({ blocks: [{ type: 'nonsense' }] as never })
        else await ack()
      })
    })
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    const omar = await stage.seat(people.operator)
    expect(await tessa.command('/diagnose E-02 HC5000-A-1138 ', channels.general)).toEqual({ ok: true })
    expect(seen[0]).toMatchObject({
      command: '/diagnose',
      text: 'E-02 HC5000-A-1138',
      channel_id: channels.general,
      channel_name: 'general',
      user_id: people.technician,
      user_name: 'tessa',
      is_enterprise_install: 'false',
      trigger_id: expect.any(String),
      response_url: expect.stringContaining('/respond/'),
    })
    await tessa.command('/diagnose aloud', channels.fieldSupport)
    await omar.waitFor(({ messages }) => messages.some((one) => one.text === 'for all'))
    expect(await tessa.command('/diagnose broken')).toMatchObject({ ok: false, code: 'invalid_blocks' })
    expect(await tessa.command('/nothing')).toMatchObject({ ok: false, code: 'unknown_command' })
  })

  it('escape names in the text where the manifest says so', async () => {
    const commands = [{ command: '/ask', description: '', usageHint: '', shouldEscape: true }]
    await using stage = await openStage({ commands })
    const seen: string[] = []
    await stage.boltApp((app) => {
      app.command('/ask', async ({ ack, command }) => {
        seen.push(command.text)
        await ack()
      })
    })
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    await tessa.command('/ask @omar in #general <b>')
    expect(seen).toEqual([`<@${people.operator}|omar> in <#${channels.general}|general> &lt;b&gt;`])
  })

  it('bring a message to the app', async () => {
    await using stage = await openStage()
    const seen: unknown[] = []
    await stage.boltApp((app) => {
      app.shortcut('diagnose_message', async ({ ack, shortcut }) => {
        await ack()
        seen.push(shortcut)
      })
    })
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    const ts = await tessa.say(channels.fieldSupport, 'W-10 on HC5000-B-2001')
    const message = await tessa.waitFor(({ messages }) => messages.find((one) => one.ts === ts))
    await tessa.shortcut('diagnose_message', message)
    expect(seen[0]).toMatchObject({
      type: 'message_action',
      callback_id: 'diagnose_message',
      message_ts: ts,
      channel: { id: channels.fieldSupport, name: 'field-support' },
      message: { type: 'message', user: people.technician, text: 'W-10 on HC5000-B-2001', ts },
      response_url: expect.any(String),
      trigger_id: expect.any(String),
    })
    expect(await tessa.shortcut('no_such')).toMatchObject({ ok: false, code: 'unknown_shortcut' })
  })
})
