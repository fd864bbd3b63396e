import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { CHANNELS, PEOPLE, TEAM } from '../../src/sandbox/workspace/state/seed.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { formOf, readMessage } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const bot = PEOPLE.bot
const mention = `<@${bot}>`

/** Ways in that are easily lost, as Slack sends them over signed HTTP. */
describe('ways in', () => {
  let fixture: TestApp
  let tessa: Seat
  let nils: Seat

  beforeAll(async () => {
    fixture = await startTestApp({ transport: 'http', sandbox: { rateLimits: false } })
    ;[tessa, nils] = await fixture.seats(PEOPLE.technician, PEOPLE.secondTechnician)
  })
  beforeEach(() => {
    fixture.sandbox.workspace.faults.clear()
    fixture.sandbox.modelServer.latency({ firstTokenMs: 0, perTokenMs: 0 })
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  let made = 0
  /** A ts of a message that only this test knows of. */
  const newTs = () => `${Math.floor(Date.now() / 1_000)}.9${String(made++).padStart(5, '0')}`
  /** Delivers an event in the envelope that Slack puts around it. */
  const deliver = async (event: object) => {
    const ts = newTs()
    const envelope = {
      token: 'x',
      team_id: TEAM.id,
      context_team_id: TEAM.id,
      context_enterprise_id: null,
      api_app_id: 'A0HYDRO001',
      event: { type: 'message', ts, event_ts: ts, ...event },
      type: 'event_callback',
      event_id: `Ev0${made}`,
      event_time: Math.floor(Date.now() / 1_000),
      authorizations: [
        { enterprise_id: null, team_id: TEAM.id, user_id: bot, is_bot: true, is_enterprise_install: false },
      ],
    }
    expect(await fixture.sandbox.workspace.deliverRaw(envelope)).toMatchObject({ state: 'acked' })
  }
  const modelThinks = (ms: number) => fixture.sandbox.modelServer.latency({ firstTokenMs: ms })
  const modelCalls = () => fixture.sandbox.modelServer.calls.length

  const answersIn = (scene: Pick<Scene, 'messages'>, thread: string) =>
    scene.messages.filter((one) => one.userId === bot && one.threadTs === thread && readMessage(one).includes('👍'))
  const answered = (seat: Seat, thread: string, words: string, count = 1): Promise<Message> =>
    seat.waitFor(
      (scene) => {
        const found = answersIn(scene, thread)
        return found.length === count && found.find((one) => readMessage(one).includes(words))
      },
      { what: `${words} in ${thread}` },
    )
  const messageAt = (seat: Seat, ts: string): Promise<Message> =>
    seat.waitFor(({ messages }) => messages.find((one) => one.ts === ts))
  /** Everything that is kept, in one text. */
  const keptText = async () => {
    const { store } = fixture.app.core
    const tables = ['questions', 'answers', 'corrections', 'correction_steps', 'kv', 'outbox'] as const
    const rows = await Promise.all(tables.map((table) => store.selectFrom(table).selectAll().execute()))
    return JSON.stringify(rows)
  }
  /** Waits until whatever was left to the outbox is done. */
  const drained = () =>
    expect
      .poll(() => fixture.app.core.store.selectFrom('outbox').selectAll().where('topic', '=', 'withdrawn').execute())
      .toEqual([])

  describe('a reply that also goes to the channel', () => {
    it('is answered in its thread, in a direct message and in a channel', async () => {
      const root = await tessa.say(tessa.dm, 'hello')
      await tessa.say(tessa.dm, 'it says E-01 by now', { threadTs: root, alsoToChannel: true })
      await answered(tessa, root, 'pH sensor calibration drift')

      const inChannel = await tessa.say(CHANNELS.fieldSupport, `${mention} E-05`)
      await answered(tessa, inChannel, 'Communication module failure')
      const again = { threadTs: inChannel, alsoToChannel: true }
      await tessa.say(CHANNELS.fieldSupport, `${mention} now W-10`, again)
      await answered(tessa, inChannel, 'Low battery', 2)
    })
  })

  describe('a forwarded message', () => {
    it('is read as if its text had been typed, wherever Slack put it', async () => {
      const told = await nils.say(CHANNELS.fieldSupport, 'E-01 again at HC5000-B-2044, the third time')
      const root = await tessa.say(tessa.dm, '', { forward: { channel: CHANNELS.fieldSupport, ts: told } })
      expect(readMessage(await answered(tessa, root, 'pH sensor calibration drift'))).toContain('HC5000-B-2044')

      const shared = { is_share: true, is_msg_unfurl: true, author_id: PEOPLE.secondTechnician }
      const rich = {
        type: 'rich_text',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'E-05 all night' }] }],
      }
      const shapes = [
        { ...shared, text: '', message_blocks: [{ message: { blocks: [rich] } }] },
        { ...shared, fallback: '[6:02 AM] nils: E-05 all night' },
      ]
      for (const [index, attachment] of shapes.entries()) {
        await deliver({
          user: tessa.userId,
          channel: tessa.dm,
          channel_type: 'im',
          thread_ts: root,
          text: '',
          attachments: [attachment],
        })
        await answered(tessa, root, index === 0 ? 'Communication module failure' : 'Communication', index + 2)
      }
    })

    it('goes with the words around it; a link’s preview does not', async () => {
      const told = await nils.say(CHANNELS.fieldSupport, 'W-10 on HC5000-A-1042')
      const forward = { channel: CHANNELS.fieldSupport, ts: told }
      const root = await tessa.say(tessa.dm, 'what does he mean?', { forward })
      await answered(tessa, root, 'Low battery')

      const preview = { is_msg_unfurl: true, text: 'E-02 on HC5000-A-1138', fallback: 'E-02' }
      const text = 'W-10, as in <https://x.example/archives/C1/p1>'
      await deliver({
        user: tessa.userId,
        channel: tessa.dm,
        channel_type: 'im',
        thread_ts: root,
        text,
        attachments: [preview],
      })
      expect(readMessage(await answered(tessa, root, 'Low battery', 2))).not.toContain('Turbidity')
    })
  })

  describe('an edit', () => {
    it('that names another code replaces the answer where it stands, once', async () => {
      const root = await tessa.say(tessa.dm, 'what is E-91 on HC5000-A-1138?')
      const first = await tessa.waitFor((scene) =>
        scene.messages.find((one) => one.userId === bot && one.threadTs === root && readMessage(one).includes('E-91')),
      )
      await tessa.edit(await messageAt(tessa, root), 'what is E-01 on HC5000-A-1138?')
      const second = await answered(tessa, root, 'pH sensor calibration drift')
      expect(second.ts).toBe(first.ts)
      await drained()
      expect(readMessage(second)).toContain('Run RECALIB_PH')
      expect(await keptText()).not.toContain('E-91')
      const before = modelCalls()
      // Slack tells of the same edit again, and of changes that nobody typed.
      const now = { user: tessa.userId, ts: root, type: 'message', text: 'what is E-01 on HC5000-A-1138?' }
      const place = { subtype: 'message_changed', hidden: true, channel: tessa.dm, channel_type: 'im' }
      await deliver({
        ...place,
        message: { ...now, edited: { user: tessa.userId, ts: newTs() } },
        previous_message: { ...now, text: 'what is E-91 on HC5000-A-1138?' },
      })
      await deliver({ ...place, message: { ...now, reply_count: 1, thread_ts: root }, previous_message: now })
      await tessa.edit(await messageAt(tessa, root), 'What is *E-01* on HC5000-A-1138, please?')
      await fixture.sandbox.workspace.settled()
      expect(modelCalls()).toBe(before)
      expect(answersIn(tessa.scene(), root)).toHaveLength(1)
    })

    it('while the answer is under way calls the old one off', async () => {
      modelThinks(1_500)
      const root = await tessa.say(CHANNELS.fieldSupport, `${mention} E-02?`)
      await expect
        .poll(
          async () =>
            (await fixture.app.core.store.selectFrom('questions').select('id').where('ts', '=', root).execute()).length,
        )
        .toBe(1)
      const edited = `${mention} E-05?`
      const now = {
        user: tessa.userId,
        ts: root,
        type: 'message',
        text: edited,
        edited: { user: tessa.userId, ts: newTs() },
      }
      await deliver({
        subtype: 'message_changed',
        hidden: true,
        channel: CHANNELS.fieldSupport,
        channel_type: 'channel',
        message: now,
      })
      await answered(tessa, root, 'Communication module failure')
      await drained()
      const said = tessa.messages(CHANNELS.fieldSupport).filter((one) => one.userId === bot && one.threadTs === root)
      expect(said).toHaveLength(1)
      const { store } = fixture.app.core
      const rows = await store
        .selectFrom('answers')
        .innerJoin('questions', 'questions.id', 'answers.question_id')
        .select('questions.text')
        .where('answers.thread_ts', '=', root)
        .execute()
      expect(rows).toEqual([{ text: 'E-05?' }])
    })

    it('that adds the mention asks; one after ten minutes, or of an app’s message, does not', async () => {
      const ts = await tessa.say(CHANNELS.fieldSupport, 'does anybody know W-10?')
      await tessa.edit(await messageAt(tessa, ts), `${mention} do you know W-10?`)
      await answered(tessa, ts, 'Low battery')

      const before = modelCalls()
      const place = { subtype: 'message_changed', hidden: true, channel: tessa.dm, channel_type: 'im' }
      const old = String(Date.now() / 1_000 - 660)
      await deliver({ ...place, message: { type: 'message', user: tessa.userId, ts: old, text: 'E-05', edited: {} } })
      await deliver({
        ...place,
        message: { type: 'message', user: bot, bot_id: TEAM.botId, ts: newTs(), text: 'E-05' },
      })
      await fixture.sandbox.workspace.settled()
      expect(modelCalls()).toBe(before)
    })

    it('leaves an answer that was acted on, and answers below it', async () => {
      const omar = await fixture.seat(PEOPLE.operator)
      const root = await omar.say(CHANNELS.fieldSupport, `${mention} E-02 on HC5000-A-1138`)
      const first = await answered(omar, root, 'Run CLEAN_TURB')
      await omar.click(first, 'command_run')
      await omar.waitFor(({ messages }) =>
        messages.find(
          (one) =>
            one.ts === first.ts &&
            /sent|done|worked|cleared/i.test(readMessage(one)) &&
            !readMessage(one).includes('Run CLEAN_TURB'),
        ),
      )
      await omar.edit(await messageAt(omar, root), `${mention} E-05 on HC5000-A-1138`)
      await answered(omar, root, 'Communication module failure')
      await drained()
      expect(readMessage(await messageAt(omar, first.ts))).toContain('CLEAN_TURB')
    })
  })

  describe('a deleted question', () => {
    const gone = (channel: string, ts: string, more: object = {}) => ({
      subtype: 'message_deleted',
      hidden: true,
      channel,
      channel_type: 'channel',
      deleted_ts: ts,
      ...more,
    })

    it('is called off while the model works on it: nothing is posted, its words are nowhere', async () => {
      modelThinks(1_000)
      const root = await tessa.say(CHANNELS.fieldSupport, `${mention} E-01 at Mrs Zwiebelfisch’s house`)
      await expect.poll(async () => await keptText()).toContain('Zwiebelfisch')
      await deliver(gone(CHANNELS.fieldSupport, root))
      await drained()
      await fixture.sandbox.workspace.settled()
      modelThinks(0)
      const next = await tessa.say(CHANNELS.fieldSupport, `${mention} W-10`)
      await answered(tessa, next, 'Low battery')
      expect(
        tessa.messages(CHANNELS.fieldSupport).filter((one) => one.userId === bot && one.threadTs === root),
      ).toEqual([])
      expect(await keptText()).not.toContain('Zwiebelfisch')
    })

    it('takes its answer with it, what is remembered of the thread, and what waits for review', async () => {
      const root = await tessa.say(tessa.dm, 'E-02 in the Quastenflosser cellar')
      const answer = await answered(tessa, root, 'Turbidity')
      await tessa.click(answer, '👎')
      const form = await tessa.waitFor(formOf)
      expect(await tessa.submit(form, { reason: 'outdated' })).toMatchObject({ ok: true })
      expect(await keptText()).toContain('outdated')
      await tessa.say(tessa.dm, 'and E-01?', { threadTs: root })
      await answered(tessa, root, 'pH sensor', 2)
      // The first message of a thread leaves a stone.
      await tessa.erase(await messageAt(tessa, root))
      await tessa.waitFor(({ messages }) => !messages.some((one) => one.ts === answer.ts), { what: 'the answer to go' })
      await drained()
      expect(await keptText()).not.toContain('Quastenflosser')
      await tessa.openHome()
      const home = await tessa.waitFor(({ home }) => home)
      expect(JSON.stringify(home)).not.toContain('Quastenflosser')
      expect(answersIn(tessa.scene(), root)).toHaveLength(1)
    })

    it('takes a greeting with it too', async () => {
      const root = await tessa.say(tessa.dm, 'hello there')
      const greeting = await tessa.waitFor(({ messages }) =>
        messages.find((one) => one.userId === bot && one.threadTs === root),
      )
      await tessa.erase(await messageAt(tessa, root))
      await tessa.waitFor(({ messages }) => !messages.some((one) => one.ts === greeting.ts), {
        what: 'the greeting to go',
      })
    })
  })

  it('answers in a group message when mentioned, and a follow-up that names a code without', async () => {
    const root = await tessa.say(CHANNELS.groupMessage, `${mention} E-02`)
    await answered(tessa, root, 'Turbidity')
    await nils.say(CHANNELS.groupMessage, 'and W-10?', { threadTs: root })
    await answered(nils, root, 'Low battery', 2)
    const before = modelCalls()
    await nils.say(CHANNELS.groupMessage, 'E-05 is for us two only')
    await fixture.sandbox.workspace.settled()
    expect(modelCalls()).toBe(before)
  })

  describe('where the bot may not post', () => {
    const inPrivate = (seat: Seat, words: string) =>
      seat.waitFor(({ messages }) =>
        messages.findLast((one) => one.channel === seat.dm && one.userId === bot && readMessage(one).includes(words)),
      )

    it('the asker hears the answer in a direct message, after a command as after a mention', async () => {
      await tessa.command('/diagnose E-01 HC5000-C-3316', CHANNELS.bulletin)
      const said = readMessage(await inPrivate(tessa, 'HC5000-C-3316'))
      expect(said).toContain('pH sensor calibration drift')
      expect(said).toContain(`<#${CHANNELS.bulletin}>`)

      const refusals = ['restricted_action_thread_only_channel', 'restricted_action', 'is_archived', 'not_in_channel']
      for (const [index, error] of refusals.entries()) {
        fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', error })
        await nils.say(CHANNELS.fieldSupport, `${mention} E-05 on HC5000-B-200${index}`)
        expect(readMessage(await inPrivate(nils, `HC5000-B-200${index}`))).toContain('Communication module failure')
      }
    })

    it('and where there is no direct message either, only they see it in the channel', async () => {
      fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', error: 'restricted_action_read_only_channel' })
      fixture.sandbox.workspace.faults.add({ method: 'conversations.open', error: 'cannot_dm_bot' })
      await tessa.say(CHANNELS.fieldSupport, `${mention} E-01 on HC5000-B-3001`)
      const said = await tessa.waitFor(({ messages }) =>
        messages.find((one) => one.isEphemeral && readMessage(one).includes('HC5000-B-3001')),
      )
      expect(said.channel).toBe(CHANNELS.fieldSupport)
    })

    it('says in a channel who asked what by a command', async () => {
      await tessa.command('/diagnose W-10 HC5000-A-1055', CHANNELS.fieldSupport)
      const said = await nils.waitFor(({ messages }) =>
        messages.find(
          (one) =>
            one.channel === CHANNELS.fieldSupport &&
            one.userId === bot &&
            readMessage(one).includes('Low battery') &&
            readMessage(one).includes('HC5000-A-1055'),
        ),
      )
      expect(readMessage(said)).toContain(`<@${tessa.userId}> asked: W-10 HC5000-A-1055`)
    })

    it.each(['msg_blocks_too_long', 'invalid_blocks'])('says it in plain text on %s', async (error) => {
      fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', error })
      const root = await tessa.say(tessa.dm, 'E-02')
      const said = await tessa.waitFor(({ messages }) =>
        messages.find((one) => one.userId === bot && one.threadTs === root),
      )
      expect(said.blocks).toEqual([])
      expect(said.text).toContain('Turbidity sensor occlusion')
    })
  })
})

describe('an answer that grows while its question', () => {
  it('is deleted goes; while it is edited, one answer stands', async () => {
    const timeouts = { statusAfterMs: 10, holdMs: 20 }
    await using fixture = await startTestApp({ given: { timeouts }, sandbox: { rateLimits: false } })
    const tessa = await fixture.seat(PEOPLE.technician)
    const ofBot = (thread: string) =>
      tessa.messages(tessa.dm).filter((one) => one.userId === bot && one.threadTs === thread)
    const grows = async (text: string) => {
      const ts = await tessa.say(tessa.dm, text)
      await tessa.waitFor(() => ofBot(ts).length === 1, { what: 'the growing answer' })
      return tessa.waitFor(({ messages }) => messages.find((one) => one.ts === ts))
    }
    fixture.sandbox.modelServer.latency({ perTokenMs: 60 })
    const question = await grows('E-02 please')
    await tessa.erase(question)
    await tessa.waitFor(() => ofBot(question.ts).length === 0, { what: 'the growing answer to go' })

    const edited = await grows('E-01 please')
    await tessa.edit(edited, 'E-05 please')
    const isDone = (one: Message) =>
      ['Communication module failure', '👍'].every((word) => readMessage(one).includes(word))
    await tessa.waitFor(() => ofBot(edited.ts).some(isDone), { what: 'the new answer' })
    await fixture.sandbox.workspace.settled()
    expect(ofBot(question.ts)).toEqual([])
    expect(ofBot(edited.ts)).toHaveLength(1)
  })
})
