import { describe, expect, it } from 'vitest'
import { textIn } from '../../support/seat-reading.ts'
import { openStage } from './stage.ts'

type Heard = Readonly<Record<string, unknown>>

/** A Bolt app that only listens; `next` waits for an event that was not looked at yet. */
function listener() {
  const heard: { event: Heard; body: Heard }[] = []
  const waiting = new Set<() => void>()
  const hear = async ({ event, body }: { event: unknown; body: unknown }) => {
    heard.push({ event: event as Heard, body: body as Heard })
    for (const look of [...waiting]) look()
  }
  const next = (find: (event: Heard) => boolean) =>
    new Promise<{ event: Heard; body: Heard }>((resolve, reject) => {
      const look = () => {
        const at = heard.findIndex(({ event }) => find(event))
        if (at < 0) return
        clearTimeout(timer)
        waiting.delete(look)
        const [found] = heard.splice(at, 1)
        if (found) resolve(found)
      }
      const timer = setTimeout(() => reject(new Error(`Heard only: ${JSON.stringify(heard, null, 1)}`)), 4_000)
      waiting.add(look)
      look()
    })
  return { hear, next, heard }
}

describe('a conversation with a real Bolt app over Socket Mode', () => {
  it('carries a direct message to the app and its reply back', async () => {
    await using stage = await openStage()
    await stage.boltApp((app) => {
      app.message(async ({ message, say }) => {
        if (message.subtype === undefined) await say({ text: `You said: ${message.text}`, thread_ts: message.ts })
      })
    })
    const tessa = await stage.seat(stage.workspace.people.technician)
    const ts = await tessa.say(tessa.dm, 'My unit shows E-02 & more')
    const reply = await tessa.waitFor(({ messages }) => messages.find((one) => one.threadTs === ts && one.ts !== ts))
    expect(reply).toMatchObject({ text: 'You said: My unit shows E-02 &amp; more', userId: stage.workspace.people.bot })
    expect(tessa.messages(tessa.dm).find((one) => one.ts === ts)?.replyCount).toBe(1)
  })

  it('sends a direct message with everything Slack sends', async () => {
    await using stage = await openStage()
    const app = listener()
    await stage.boltApp((bolt) => bolt.event('message', app.hear))
    const tessa = await stage.seat(stage.workspace.people.technician)
    const ts = await tessa.say(tessa.dm, 'hello')
    const { event, body } = await app.next((one) => one.ts === ts)
    expect(event).toMatchObject({
      type: 'message',
      channel: tessa.dm,
      channel_type: 'im',
      user: stage.workspace.people.technician,
      text: 'hello',
      event_ts: ts,
      team: body.team_id,
      client_msg_id: expect.stringMatching(/^[\da-f-]{36}$/),
      blocks: [{ type: 'rich_text', elements: [{ elements: [{ type: 'text', text: 'hello' }] }] }],
    })
    expect(event).not.toHaveProperty('subtype')
    expect(event).not.toHaveProperty('bot_id')
    expect(body).toMatchObject({
      type: 'event_callback',
      event_id: expect.stringMatching(/^Ev[\dA-F]+$/),
      event_time: expect.any(Number),
      api_app_id: expect.stringMatching(/^A/),
      is_ext_shared_channel: false,
      event_context: expect.any(String),
      authorizations: [{ team_id: body.team_id, user_id: stage.workspace.people.bot, is_bot: true }],
    })
  })

  it('makes two events of a mention in a channel, with different ids, and none of one in a direct message', async () => {
    await using stage = await openStage()
    const app = listener()
    await stage.boltApp((bolt) => {
      bolt.event('app_mention', app.hear)
      bolt.event('message', app.hear)
    })
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    await tessa.say(tessa.dm, '@HydroCore Assistant are you there')
    await app.next((event) => event.channel === tessa.dm)
    const ts = await tessa.say(channels.fieldSupport, 'hey @hydrocore, E-02 in #device-alerts')
    const mention = await app.next((event) => event.type === 'app_mention')
    const message = await app.next((event) => event.type === 'message' && event.ts === ts)
    expect(mention.event).toMatchObject({
      ts,
      text: `hey <@${people.bot}>, E-02 in <#${channels.deviceAlerts}|device-alerts>`,
    })
    expect(message.event).toMatchObject({ channel_type: 'channel', text: mention.event.text })
    expect(message.body.event_id).not.toBe(mention.body.event_id)
    expect(stage.workspace.deliveries().filter(({ type }) => type === 'app_mention')).toHaveLength(1)
  })

  it('tells the app nothing of a channel it is not in, and tells the person who mentioned it', async () => {
    await using stage = await openStage()
    const app = listener()
    await stage.boltApp((bolt) => bolt.event('message', app.hear))
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    await tessa.say(channels.general, '@hydrocore E-02')
    await tessa.waitFor(({ notices }) => notices.some((notice) => notice.includes('not in #general')))
    const ts = await tessa.say(tessa.dm, 'after it')
    await app.next((event) => event.ts === ts)
    expect(stage.workspace.deliveries().map(({ type }) => type)).toEqual(['message'])
  })

  it('announces edits, deletions, shared files and reactions', async () => {
    await using stage = await openStage()
    const app = listener()
    await stage.boltApp((bolt) => {
      for (const type of ['message', 'reaction_added', 'reaction_removed']) bolt.event(type, app.hear)
    })
    const { people, channels } = stage.workspace
    const tessa = await stage.seat(people.technician)
    const ts = await tessa.say(channels.fieldSupport, 'E-2')
    const message = await tessa.waitFor(({ messages }) => messages.find((one) => one.ts === ts))

    await tessa.edit(message, 'E-02')
    const edited = await app.next((event) => event.subtype === 'message_changed')
    expect(edited.event).toMatchObject({
      hidden: true,
      channel: channels.fieldSupport,
      channel_type: 'channel',
      message: { text: 'E-02', edited: { user: people.technician } },
      previous_message: { text: 'E-2' },
    })
    expect(edited.event.ts).not.toBe(ts)

    await tessa.react(message, 'eyes')
    expect((await app.next((event) => event.type === 'reaction_added')).event).toMatchObject({
      user: people.technician,
      reaction: 'eyes',
      item: { type: 'message', channel: channels.fieldSupport, ts },
      item_user: people.technician,
    })
    await tessa.react(message, 'eyes')
    await tessa.unreact(message, 'eyes')
    await app.next((event) => event.type === 'reaction_removed')
    expect(stage.workspace.deliveries().filter(({ type }) => type === 'reaction_added')).toHaveLength(1)

    await tessa.say(tessa.dm, 'the log', { files: [{ name: 'unit.log', text: 'E-02 raised' }] })
    const shared = await app.next((event) => event.subtype === 'file_share')
    expect(shared.event).toMatchObject({ files: [{ name: 'unit.log', size: 11 }] })

    await tessa.erase(message)
    expect((await app.next((event) => event.subtype === 'message_deleted')).event).toMatchObject({ deleted_ts: ts })
  })

  it("brings the app its own messages back, marked as a bot's", async () => {
    await using stage = await openStage()
    await stage.boltApp(() => {})
    const posted = await stage.client.chat.postMessage({ channel: stage.workspace.channels.fieldSupport, text: 'hi' })
    expect(posted.message).toMatchObject({ bot_id: expect.stringMatching(/^B/), app_id: expect.stringMatching(/^A/) })
    const own = stage.workspace.deliveries().find(({ type }) => type === 'message')
    expect(own).toBeDefined()
  })

  it('hears nothing that it was not granted or did not subscribe to', async () => {
    await using stage = await openStage({ scopes: ['chat:write', 'im:history'], events: ['message.im', 'app_mention'] })
    const app = listener()
    await stage.boltApp((bolt) => bolt.event('message', app.hear))
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.say(stage.workspace.channels.fieldSupport, '@hydrocore hello')
    const ts = await tessa.say(tessa.dm, 'hello')
    await app.next((event) => event.ts === ts)
    expect(stage.workspace.deliveries()).toHaveLength(1)
  })

  it('keeps people out of channels they are not in', async () => {
    await using stage = await openStage()
    const gil = await stage.seat(stage.workspace.people.guest)
    expect(gil.snapshot.channels.map(({ name }) => name)).toEqual(['field-support', 'directmessage'])
    await expect(gil.say(stage.workspace.channels.general, 'hello')).rejects.toThrow('not_in_channel')
    await expect(gil.say('C0NOWHERE1', 'hello')).rejects.toThrow('channel_not_found')
    await expect(gil.say(gil.dm, '  \n')).rejects.toThrow('no_text')
  })

  it('shows app home to the app, with the view once there is one', async () => {
    await using stage = await openStage()
    const app = listener()
    await stage.boltApp((bolt) => bolt.event('app_home_opened', app.hear))
    const tessa = await stage.seat(stage.workspace.people.technician)
    await tessa.openHome()
    const first = await app.next((event) => event.tab === 'home')
    expect(first.event).toMatchObject({ user: tessa.userId, channel: tessa.dm })
    expect(first.event).not.toHaveProperty('view')
    const section = { type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'Your *queue*' } }
    await stage.client.views.publish({ user_id: tessa.userId, view: { type: 'home', blocks: [section] } })
    const home = await tessa.waitFor(({ home }) => home)
    expect(textIn(home.blocks)).toBe('Your *queue*')
    await tessa.openHome()
    expect((await app.next((event) => 'view' in event)).event).toMatchObject({ view: { id: home.id, type: 'home' } })
    await tessa.openHome('messages')
    expect((await app.next((event) => event.tab === 'messages')).event).not.toHaveProperty('view')
  })
})
