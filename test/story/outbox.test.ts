import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS } from '../../src/slack/questions/words.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { always, type Bot, type BotFixture, openBotFixture } from './support/bot-fixture.ts'

const LEASE_MS = 600

describe('an answer whose post does not come back', () => {
  let fixture: BotFixture
  let tessa: Seat

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const question = (bot: Bot, ts: string) =>
    bot.app.core.store
      .selectFrom('questions')
      .leftJoin('answers', 'answers.question_id', 'questions.id')
      .select(['questions.state', 'answers.message_ts'])
      .where('questions.ts', '=', ts)
      .executeTakeFirstOrThrow()

  it.each([
    { name: 'was carried out, its answer lost', fault: { status: 500, after: true } },
    { name: 'was carried out, and a proxy answered instead', fault: { body: '<html>Bad gateway</html>', after: true } },
    { name: 'was carried out twice in a row, unheard', fault: { status: 502, after: true, times: 2 } },
    { name: 'was not carried out', fault: { status: 500 } },
    { name: 'Slack stumbled over itself', fault: { error: 'internal_error' } },
    { name: 'came too soon', fault: { error: 'ratelimited', retryAfterSeconds: 1 } },
  ])('stands once when it $name', async ({ fault }) => {
    await using bot = await fixture.bot({ leaseMs: LEASE_MS })
    fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', ...fault })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => question(bot, ts)).toMatchObject({ state: 'answered' })
    const said = await fixture.answers(tessa, ts)
    expect(said.map(readMessage)).toEqual([expect.stringContaining('Run CLEAN_TURB')])
    expect(await question(bot, ts)).toMatchObject({ message_ts: said[0]?.ts })
    expect(bot.modelCalls()).toBe(1)
  })

  it('is brought later, without asking the model again, when Slack is away for longer', async () => {
    await using bot = await fixture.bot({ leaseMs: LEASE_MS })
    fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', status: 503, times: 3 })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => question(bot, ts)).toMatchObject({ state: 'answered' })
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
    expect(bot.modelCalls()).toBe(1)
    expect(bot.log.some((line) => line.includes('could not be delivered'))).toBe(true)
  })

  it('is given up when Slack says no for good', async () => {
    await using bot = await fixture.bot({ leaseMs: LEASE_MS })
    always(fixture, ['chat.postMessage'], { error: 'no_text' })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => question(bot, ts)).toEqual({ state: 'abandoned', message_ts: null })
    expect(bot.calls('chat.postMessage')).toHaveLength(1)
  })

  it('is posted at most twice where this Slack does not let us look', async () => {
    await using bot = await fixture.bot({ leaseMs: LEASE_MS })
    always(fixture, ['conversations.replies'], { error: 'unknown_method' })
    fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', status: 500, after: true, times: 9 })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => question(bot, ts)).toMatchObject({ state: 'abandoned' })
    expect(await fixture.answers(tessa, ts)).toHaveLength(2)
  })

  const lost = () => fixture.sandbox.workspace.faults.add({ method: 'chat.postMessage', status: 500, after: true })

  it('stands once also when it is a choice of codes, or small talk', async () => {
    await using bot = await fixture.bot({ leaseMs: LEASE_MS })
    for (const [text, words] of [
      ['hello', WORDS.greeting],
      ['battery low', SHARED_WORDS.soundsLike],
    ] as const) {
      lost()
      const ts = await tessa.say(tessa.dm, text)
      await expect.poll(() => question(bot, ts)).toMatchObject({ state: 'answered' })
      expect((await fixture.answers(tessa, ts)).map(({ text }) => text)).toEqual([expect.stringContaining(words)])
    }
  })

  it('stands once also when it is an apology', async () => {
    await using bot = await fixture.bot({ leaseMs: LEASE_MS, timeouts: { giveUpMs: 80 } })
    lost()
    fixture.sandbox.modelServer.latency({ firstTokenMs: 10_000 })
    const ts = await tessa.say(tessa.dm, 'E-02')
    await expect.poll(() => question(bot, ts)).toMatchObject({ state: 'abandoned' })
    expect((await fixture.answers(tessa, ts)).map(({ text }) => text)).toEqual([WORDS.tookTooLong])
  })
})
