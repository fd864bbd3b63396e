import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS as PROGRESS_WORDS } from '../../src/slack/progress/words.ts'
import { WORDS as QUESTIONS_WORDS } from '../../src/slack/questions/words.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { always, type BotFixture, openBotFixture } from './support/bot-fixture.ts'

/** Eight seconds and sixty, as tests have them. */
const timeouts = { statusAfterMs: 10, sayAfterMs: 60, giveUpMs: 60_000 }
const NO_ANSWER_YET_MS = 10_000

describe('a long wait', () => {
  let fixture: BotFixture
  let tessa: Seat
  let nils: Seat

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
    nils = await fixture.seat(PEOPLE.secondTechnician)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const ofBot =
    (channel: string, ...words: string[]) =>
    (one: Message) =>
      one.channel === channel && one.userId === PEOPLE.bot && words.every((word) => readMessage(one).includes(word))
  const inThread =
    (ts: string, ...words: string[]) =>
    (scene: Scene) =>
      scene.messages.find((one) => one.threadTs === ts && ofBot(one.channel, ...words)(one))

  it('is told of in the status', async () => {
    await using bot = await fixture.bot({ timeouts })
    fixture.sandbox.modelServer.latency({ firstTokenMs: 300 })
    const ts = await tessa.say(tessa.dm, 'E-02')
    await tessa.waitFor(({ statuses }) => statuses.find(({ status }) => status === PROGRESS_WORDS.stillThinking))
    await tessa.waitFor(inThread(ts, '👍'))
    await tessa.waitFor(({ statuses }) => statuses.length === 0)
    await bot.app[Symbol.asyncDispose]()
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
    expect(bot.calls('chat.postMessage')).toHaveLength(1)
  })

  it('is told of in a message where there is no status, and the answer takes its place', async () => {
    await using bot = await fixture.bot({ timeouts })
    always(fixture, ['assistant.threads.setStatus', 'agents.sessions.setStatus'], { error: 'unknown_method' })
    fixture.sandbox.modelServer.latency({ firstTokenMs: 300 })
    const ts = await tessa.say(tessa.dm, 'E-02')
    const notice = await tessa.waitFor(inThread(ts, PROGRESS_WORDS.stillWaiting))
    await tessa.waitFor(inThread(ts, '👍'))
    await bot.app[Symbol.asyncDispose]()
    const said = await fixture.answers(tessa, ts)
    expect(said.map((one) => one.ts)).toEqual([notice.ts])
    expect(readMessage(said[0] as Message)).not.toContain(PROGRESS_WORDS.stillWaiting)
  })

  it('below a slash command is told of in the channel, and the answer takes its place', async () => {
    await using bot = await fixture.bot({ timeouts })
    const { fieldSupport } = fixture.sandbox.workspace.channels
    fixture.sandbox.modelServer.latency({ firstTokenMs: 300 })
    await tessa.command('/diagnose E-02 HC5000-A-1138', fieldSupport)
    const notice = await tessa.waitFor(({ messages }) =>
      messages.find(ofBot(fieldSupport, PROGRESS_WORDS.stillWaiting)),
    )
    const final = await tessa.waitFor(({ messages }) => messages.find(ofBot(fieldSupport, '👍')))
    expect(final.ts).toBe(notice.ts)
    await bot.app[Symbol.asyncDispose]()
    expect(bot.calls('chat.postMessage')).toHaveLength(1)
  })

  it('below a slash command where the bot is not a member goes to the person alone', async () => {
    await using bot = await fixture.bot({ timeouts })
    fixture.sandbox.modelServer.latency({ firstTokenMs: 300 })
    await nils.command('/diagnose E-02 HC5000-A-1138', fixture.sandbox.workspace.channels.general)
    const notice = await nils.waitFor(({ messages }) => messages.find(ofBot(nils.dm, PROGRESS_WORDS.stillWaiting)))
    const final = await nils.waitFor(({ messages }) => messages.find(ofBot(nils.dm, '👍')))
    expect(final.ts).toBe(notice.ts)
    await bot.app[Symbol.asyncDispose]()
    expect(nils.messages(nils.dm).filter(ofBot(nils.dm))).toHaveLength(1)
  })

  it('ends kindly, and "Try again" gives one answer in its place, whoever presses how often', async () => {
    await using bot = await fixture.bot({ timeouts: { ...timeouts, giveUpMs: 1_500 } })
    const { fieldSupport } = fixture.sandbox.workspace.channels
    fixture.sandbox.modelServer.latency({ firstTokenMs: NO_ANSWER_YET_MS })
    const ts = await tessa.say(fieldSupport, `<@${PEOPLE.bot}> E-02 on HC5000-A-1138`)
    const apology = await tessa.waitFor(inThread(ts, QUESTIONS_WORDS.tookTooLong, SHARED_WORDS.tryAgain))
    expect(bot.modelCalls()).toBe(1)

    fixture.sandbox.modelServer.latency({ firstTokenMs: 60 })
    await nils.waitFor(inThread(ts, SHARED_WORDS.tryAgain))
    await Promise.all([
      tessa.click(apology, SHARED_WORDS.tryAgain),
      tessa.click(apology, SHARED_WORDS.tryAgain),
      nils.click(apology, SHARED_WORDS.tryAgain),
    ])
    const final = await tessa.waitFor(inThread(ts, '👍'))
    expect(final.ts).toBe(apology.ts)
    expect(readMessage(final)).toContain('Run CLEAN_TURB')
    await bot.app[Symbol.asyncDispose]()
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
    expect(bot.modelCalls()).toBe(2)
  })

  it('can be tried again and again', async () => {
    await using bot = await fixture.bot({ timeouts: { ...timeouts, giveUpMs: 1_000 } })
    fixture.sandbox.modelServer.latency({ firstTokenMs: NO_ANSWER_YET_MS })
    const ts = await tessa.say(tessa.dm, 'E-02')
    const first = await tessa.waitFor(inThread(ts, SHARED_WORDS.tryAgain))
    await tessa.click(first, SHARED_WORDS.tryAgain)
    await tessa.waitFor(inThread(ts, PROGRESS_WORDS.tryingAgain))
    const second = await tessa.waitFor(inThread(ts, SHARED_WORDS.tryAgain))
    expect(second.ts).toBe(first.ts)
    fixture.sandbox.modelServer.latency({ firstTokenMs: 0 })
    await tessa.click(second, SHARED_WORDS.tryAgain)
    await tessa.waitFor(inThread(ts, '👍'))
    await bot.app[Symbol.asyncDispose]()
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
  })

  it('ends kindly also where it was told of in a message', async () => {
    await using bot = await fixture.bot({ timeouts: { ...timeouts, giveUpMs: 1_000 } })
    always(fixture, ['assistant.threads.setStatus'], { error: 'unknown_method' })
    fixture.sandbox.modelServer.latency({ firstTokenMs: NO_ANSWER_YET_MS })
    const ts = await tessa.say(tessa.dm, 'E-02')
    const notice = await tessa.waitFor(inThread(ts, PROGRESS_WORDS.stillWaiting))
    const apology = await tessa.waitFor(inThread(ts, QUESTIONS_WORDS.tookTooLong))
    expect(apology.ts).toBe(notice.ts)
    await bot.app[Symbol.asyncDispose]()
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
  })
})
