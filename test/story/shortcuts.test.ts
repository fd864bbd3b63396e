import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHORTCUT } from '../../src/slack/blocks/ids.ts'
import { WORDS } from '../../src/slack/questions/words.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

/** The menu of a message, and the shortcut from anywhere. */
describe('the shortcuts', () => {
  let fixture: TestApp
  let tessa: Seat
  let nils: Seat
  const bot = PEOPLE.bot

  beforeAll(async () => {
    fixture = await startTestApp({ isTrained: false })
    tessa = await fixture.seat(PEOPLE.technician)
    nils = await fixture.seat(PEOPLE.secondTechnician)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const said = async (seat: Seat, channel: string, text: string, options = {}): Promise<Message> => {
    const ts = await seat.say(channel, text, options)
    return seat.waitFor(({ messages }) => messages.find((one) => one.ts === ts))
  }
  const ours = (seat: Seat, channel: string, words: string) =>
    seat.waitFor(({ messages }) =>
      messages.find((one) => one.channel === channel && one.userId === bot && readMessage(one).includes(words)),
    )
  const whispered = (seat: Seat, words: string) =>
    seat.waitFor(({ messages }) => messages.find((one) => one.isEphemeral && one.text === words), { what: words })
  const repliesTo = (seat: Seat, { channel, ts }: Message) =>
    seat.messages(channel).filter((one) => one.userId === bot && one.threadTs === ts && !one.isEphemeral)

  it('diagnose a message in its thread, once for each person', async () => {
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const message = await said(nils, fieldSupport, 'the unit at the weir shows E 02 since this morning')
    for (const times of [1, 2]) {
      expect(await tessa.shortcut(SHORTCUT.diagnoseMessage, message), String(times)).toEqual({ ok: true })
      await tessa.waitFor(() => repliesTo(tessa, message).length > 0)
    }
    await whispered(tessa, WORDS.answeredBefore)
    expect(readMessage(repliesTo(tessa, message)[0] ?? expect.fail())).toContain('Turbidity sensor occlusion')
    expect(repliesTo(tessa, message)).toHaveLength(1)
    await nils.shortcut(SHORTCUT.diagnoseMessage, message)
    await nils.waitFor(() => repliesTo(nils, message).length === 2)
    // The thread is ours now: what comes after needs no mention.
    await nils.say(fieldSupport, 'and W-10?', { threadTs: message.ts })
    await ours(nils, fieldSupport, 'Low battery')
  })

  it('answer in private where the app is no member, and say so there', async () => {
    const { general } = fixture.sandbox.workspace.channels
    const root = await said(nils, general, 'anyone seen this?')
    const message = await said(nils, general, 'E-01 again', { threadTs: root.ts })
    expect(await tessa.shortcut(SHORTCUT.diagnoseMessage, message)).toEqual({ ok: true })
    const answer = await ours(tessa, tessa.dm, 'pH sensor calibration drift')
    expect(answer.threadTs).toBeNull()
    await whispered(tessa, WORDS.asksInPrivate)
    expect(tessa.messages(general).filter((one) => one.userId === bot && !one.isEphemeral)).toEqual([])
    // Its buttons and its thread work like those of any other answer.
    await tessa.say(tessa.dm, 'what does E-02 mean', { threadTs: answer.ts })
    await ours(tessa, tessa.dm, 'Turbidity sensor occlusion')
    await tessa.click(answer, '👍')
    const votes = () => fixture.app.core.store.selectFrom('vote_events').select('value').execute()
    await expect.poll(votes).toEqual([{ value: 1 }])
    const row = await fixture.app.core.store
      .selectFrom('answers')
      .select('thread_ts')
      .where('message_ts', '=', answer.ts)
      .executeTakeFirstOrThrow()
    expect(row.thread_ts).toBeNull()
  })

  it('say kindly that there is nothing to read in a picture', async () => {
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const message = await said(nils, fieldSupport, '', { files: [{ name: 'display.jpg', text: 'x' }] })
    await tessa.shortcut(SHORTCUT.diagnoseMessage, message)
    await tessa.waitFor(() => repliesTo(tessa, message).length > 0)
    expect(readMessage(repliesTo(tessa, message)[0] ?? expect.fail())).toContain(WORDS.nothingToRead)
  })

  it('ask about a code from anywhere, answered in a direct message', async () => {
    expect(await nils.shortcut(SHORTCUT.askCode)).toEqual({ ok: true })
    const form = await nils.waitFor(({ modals }) => modals.at(-1))
    expect(form.title).toBe(WORDS.askTitle)
    expect(await nils.submit(form, { question: '   ' })).toMatchObject({ ok: false })
    expect(await nils.submit(form, { question: 'E-05 on HC5000-A-1138' })).toEqual({ ok: true })
    const answer = await ours(nils, nils.dm, 'Communication module failure')
    expect(answer.threadTs).toBeNull()
    await nils.say(nils.dm, 'W-10', { threadTs: answer.ts })
    await ours(nils, nils.dm, 'Low battery')
  })

  it.each([
    ['is slow', { delayMs: 4_000 }],
    ['is rate limited', { error: 'ratelimited', retryAfterSeconds: 5 }],
    ['fails', { error: 'internal_error' }],
  ])(
    'take a question at once, and answer it once, while opening the direct message %s',
    async (_, fault) => {
      await nils.shortcut(SHORTCUT.askCode)
      const form = await nils.waitFor(({ modals }) => modals.at(-1))
      fixture.sandbox.workspace.faults.add({ method: 'conversations.open', ...fault })
      const before = nils.messages(nils.dm).length
      const sentAt = performance.now()
      expect(await nils.submit(form, { question: 'E-01' })).toEqual({ ok: true })
      expect(performance.now() - sentAt).toBeLessThan(1_500)
      await nils.waitFor(({ messages }) => messages.filter((one) => one.channel === nils.dm).length > before, {
        timeoutMs: 12_000,
      })
      await fixture.app.drainAll()
      expect(nils.messages(nils.dm)).toHaveLength(before + 1)
    },
    20_000,
  )
})
