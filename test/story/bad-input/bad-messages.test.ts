import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../../src/slack/blocks/words.ts'
import { WORDS as HYDROCORE_WORDS } from '../../../src/slack/hydrocore/words.ts'
import { WORDS as LOG_LINES_WORDS } from '../../../src/slack/log-lines/words.ts'
import { WORDS as QUESTIONS_WORDS } from '../../../src/slack/questions/words.ts'
import type { Seat } from '../../support/seat.ts'
import { readMessage } from '../../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../../support/test-app.ts'
import { answersTo, expectSoundCalls, inTurn, oneAnswer } from '../support/watching.ts'

const TEAM = 'T0HYDRO001'

/** Whatever comes in by Slack, nothing crashes, and nobody is answered who did not ask. */
describe('a message', () => {
  let fixture: TestApp
  let tessa: Seat
  let nils: Seat
  let next: () => Seat
  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false })
    tessa = await fixture.seat(PEOPLE.technician)
    nils = await fixture.seat(PEOPLE.secondTechnician)
    next = inTurn(await Promise.all([PEOPLE.operator, PEOPLE.reviewer, PEOPLE.admin].map(fixture.seat)))
  })
  afterEach(() => fixture.sandbox.workspace.faults.clear())
  afterAll(() => fixture[Symbol.asyncDispose]())

  let seconds = 1_900_000_000
  const newTs = () => {
    seconds += 1
    return `${seconds}.000100`
  }
  const event = (over: Record<string, unknown>) => {
    const ts = newTs()
    return {
      type: 'message',
      channel: tessa.dm,
      channel_type: 'im',
      user: PEOPLE.technician,
      ts,
      event_ts: ts,
      ...over,
    }
  }
  /** A body in the envelope Slack would use, as somebody else's program might fill it. */
  const wrapped = (inner: unknown) => ({
    type: 'event_callback',
    event_id: `Ev${newTs()}`,
    team_id: TEAM,
    api_app_id: 'A0HYDRO001',
    authorizations: [{ team_id: TEAM, is_enterprise_install: false }],
    event: inner,
  })
  const questions = async () => (await fixture.app.core.store.selectFrom('questions').select('id').execute()).length
  const isStillWell = async () => {
    const seat = next()
    return readMessage(await oneAnswer(fixture, seat, await seat.say(seat.dm, 'E-02, still there?')))
  }

  it.each([
    ['only emoji', ':wave: 🔧🔧'],
    ['only blanks and dots', '…   !!!'],
    ['a greeting', 'hello'],
  ])('of %s is greeted', async (_, text) => {
    expect(readMessage(await oneAnswer(fixture, tessa, await tessa.say(tessa.dm, text)))).toContain(
      QUESTIONS_WORDS.greeting,
    )
  })

  it('with nothing but a file is told that files cannot be read', async () => {
    const ts = await tessa.say(tessa.dm, '', { files: [{ name: '<!channel>.png', text: 'x' }] })
    expect(readMessage(await oneAnswer(fixture, tessa, ts))).toContain(QUESTIONS_WORDS.nothingToRead)
  })

  it('of 40,000 characters is answered in its first part, and says so', async () => {
    const ts = await tessa.say(tessa.dm, `E-02 on HC5000-A-1138 ${'and so on <!channel> & '.repeat(1_800)}`)
    const said = readMessage(await oneAnswer(fixture, tessa, ts))
    expect(said).toContain('Turbidity sensor occlusion')
    expect(said).toContain(SHARED_WORDS.tooLong)
  })

  it('that is hostile is a question like any other', async () => {
    const text = "E-02'); drop table questions;-- <!everyone> {{7*7}} \u202e \u0007 <@U0HYDROAPP>"
    const { event_id } = fixture.sandbox.workspace.deliverEvent(
      event({ text, user: PEOPLE.secondTechnician, channel: nils.dm }),
    )
    expect(event_id).toBeTruthy()
    expect(await isStillWell()).toContain('Turbidity sensor occlusion')
  })

  it.each<[string, Record<string, unknown>]>([
    ['without text', { text: undefined }],
    ['with null for text', { text: null }],
    ['with an empty text', { text: '' }],
    ['with a text that holds a NUL', { text: 'E-02 \u0000 E-01' }],
    ['with half a character', { text: 'E-02 \ud83d' }],
  ])('%s is taken in', async (_, over) => {
    const { workspace } = fixture.sandbox
    const reply = await workspace.deliverRaw(
      wrapped(event({ ...over, channel: nils.dm, user: PEOPLE.secondTechnician })),
    )
    expect(reply.state).toBe('acked')
    expect(await isStillWell()).toContain('Turbidity sensor occlusion')
  })

  it.each<[string, Record<string, unknown>]>([
    ['of a bot', { bot_id: 'B0OTHER001', text: 'E-02' }],
    ['of a bot, told by its subtype', { subtype: 'bot_message', bot_id: 'B0OTHER001', text: 'E-02' }],
    ['of ourselves', { user: PEOPLE.bot, text: 'E-02' }],
    ['of ourselves, told by our bot id', { user: PEOPLE.bot, bot_id: 'B0HYDRO001', text: 'E-02' }],
    ['of Slackbot', { user: 'USLACKBOT', text: 'E-02' }],
    ['of nobody', { user: undefined, text: 'E-02' }],
    ['that was edited', { subtype: 'message_changed', message: { text: 'E-02', user: PEOPLE.technician } }],
    ['that was deleted', { subtype: 'message_deleted', deleted_ts: '1.1' }],
    ['that somebody joined', { subtype: 'channel_join', text: 'E-02' }],
    ['in a channel, to somebody else', { channel: 'C0FIELD001', channel_type: 'channel', text: 'E-02' }],
    ['in somebody else’s thread', { channel: 'C0FIELD001', channel_type: 'channel', thread_ts: '1.1', text: 'E-02' }],
    ['without a channel', { channel: undefined, text: 'E-02' }],
    ['with a number for a channel', { channel: 7, text: 'E-02' }],
    ['with an object for text', { text: { toString: 'E-02' } }],
    ['without a time', { ts: undefined, text: 'E-02' }],
  ])('%s is nobody’s question', async (_, over) => {
    const before = await questions()
    const { workspace } = fixture.sandbox
    expect(await workspace.deliverRaw(wrapped(event(over)))).toMatchObject({ state: 'acked' })
    expect(await questions()).toBe(before)
  })

  it('that was edited after its answer and asks the same is not answered again', async () => {
    const ts = await tessa.say(tessa.dm, 'E-05, edited later')
    await oneAnswer(fixture, tessa, ts)
    const before = await questions()
    const mine = tessa.messages(tessa.dm).find((one) => one.ts === ts) ?? expect.fail()
    expect(await tessa.edit(mine, 'E-05, edited twice')).toMatchObject({ ok: true })
    await fixture.sandbox.workspace.settled()
    expect(await questions()).toBe(before)
  })

  it('that Slack delivers again and again is answered once', async () => {
    const { workspace } = fixture.sandbox
    const ts = await nils.say(nils.dm, 'E-01, delivered often')
    const { eventId } = workspace.deliveries().findLast(({ type }) => type === 'message') ?? expect.fail()
    const again = () => workspace.redeliver(eventId ?? '')
    const replies = await Promise.all(Array.from({ length: 10 }, again))
    expect(replies.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'acked'))
    await oneAnswer(fixture, nils, ts)
    expect(await again()).toMatchObject({ state: 'acked' })
    await isStillWell()
    expect(answersTo(nils, ts)).toHaveLength(1)
  })

  it('that is no event at all is acknowledged and dropped', async () => {
    const { workspace } = fixture.sandbox
    const before = await questions()
    const bodies: Record<string, unknown>[] = [
      {},
      { type: 'event_callback' },
      wrapped(null),
      wrapped(7),
      wrapped('message'),
      wrapped([]),
      wrapped({}),
      wrapped({ type: 'message' }),
      wrapped({ type: 'no_such_event', user: PEOPLE.technician }),
      wrapped({ type: 'reaction_added' }),
      wrapped({ type: 'reaction_added', user: 'U1', reaction: '+1', item: { type: 'file' }, event_ts: '1.1' }),
      wrapped({ type: 'app_home_opened', tab: 'home' }),
      { type: 'block_actions' },
      { type: 'block_actions', user: { id: 'U1' }, team: { id: TEAM }, actions: [] },
      { type: 'view_submission', user: { id: 'U1' }, team: { id: TEAM }, view: null },
      { command: '/diagnose', team_id: TEAM },
      { ...wrapped(event({ text: 'E-02' })), authorizations: [], team_id: 7 },
      { ...wrapped(event({ text: 'E-02' })), authorizations: 'all', team_id: null },
    ]
    const replies = await Promise.all(bodies.map((body) => workspace.deliverRaw(body)))
    expect(bodies.filter((_, i) => replies[i]?.state !== 'acked')).toEqual([])
    expect(await questions()).toBe(before)
    expect(await isStillWell()).toContain('Turbidity sensor occlusion')
  })

  it('of a slash command may be empty, long or hostile', async () => {
    await tessa.command('/diagnose')
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => readMessage(one).includes(QUESTIONS_WORDS.diagnoseUsage)),
    )
    await tessa.command('/classify    ')
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => readMessage(one).includes(LOG_LINES_WORDS.classifyUsage)),
    )
    await tessa.command('/hydrocore rm -rf <!channel>')
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => readMessage(one).includes(HYDROCORE_WORDS.unknownSubcommand)),
    )
    await tessa.command(`/diagnose W-10 ${'x'.repeat(5_000)}`)
    await tessa.waitFor(({ messages }) => messages.find((one) => readMessage(one).includes('Low battery')))
  })

  it('is answered once when Slack holds the answer back for a while', async () => {
    fixture.sandbox.workspace.faults.add({
      method: 'chat.postMessage',
      error: 'ratelimited',
      retryAfterSeconds: 1,
      times: 2,
    })
    const said = readMessage(await oneAnswer(fixture, nils, await nils.say(nils.dm, 'E-02, held back')))
    expect(said).toContain('Turbidity sensor occlusion')
  })

  it('is answered once when only Slack’s reply to our answer is lost', async () => {
    fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', status: 500, after: true })
    const ts = await tessa.say(tessa.dm, 'E-02, reply lost')
    const said = readMessage(await oneAnswer(fixture, tessa, ts))
    expect(said).toContain('Turbidity sensor occlusion')
  })

  it('has never made the app send what Slack would misread', () => expectSoundCalls(fixture))
})
