import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS } from '../../src/slack/questions/words.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { type Bot, type BotFixture, openBotFixture } from './support/bot-fixture.ts'

const SLOW_MS = 30_000

describe('several instances on one database', () => {
  let fixture: BotFixture
  let tessa: Seat

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const database = () => ({ DATABASE_URL: fixture.settings().DATABASE_URL ?? '' })
  const slow = () => fixture.sandbox.modelServer.latency({ firstTokenMs: SLOW_MS })
  const answerIn = (ts: string, words: string) =>
    tessa.waitFor(({ messages }) =>
      messages.find((one) => one.threadTs === ts && one.userId === PEOPLE.bot && readMessage(one).includes(words)),
    )
  const question = (bot: Bot, ts: string) =>
    bot.app.core.store.selectFrom('questions').selectAll().where('ts', '=', ts).executeTakeFirstOrThrow()

  it('one that closes hands on what it cannot finish, at once', async () => {
    const settings = database()
    await using first = await fixture.bot({ timeouts: { stopMs: 50 } }, settings)
    slow()
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => first.modelCalls()).toBe(1)
    await first.app[Symbol.asyncDispose]()
    expect(await fixture.answers(tessa, ts)).toEqual([])
    // With its lease the question would wait a quarter of a minute.
    await using _ = await fixture.bot({}, settings)
    await answerIn(ts, 'Run CLEAN_TURB')
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
  })

  it('one that closes in mid-answer leaves its stream at rest, and the next one finishes in its place', async () => {
    const settings = database()
    await using first = await fixture.bot({ timeouts: { stopMs: 50, holdMs: 20 } }, settings)
    fixture.sandbox.modelServer.latency({ perTokenMs: 200 })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    const live = await answerIn(ts, SHARED_WORDS.unchecked)
    await first.app[Symbol.asyncDispose]()
    expect((await fixture.answers(tessa, ts)).map(({ isStreaming }) => isStreaming)).toEqual([false])
    await using _ = await fixture.bot({}, settings)
    const final = await answerIn(ts, 'Run CLEAN_TURB')
    expect(final.ts).toBe(live.ts)
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
  })

  it('one that closes finishes what is nearly there', async () => {
    await using bot = await fixture.bot()
    fixture.sandbox.modelServer.latency({ firstTokenMs: 150 })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => bot.modelCalls()).toBe(1)
    await bot.app[Symbol.asyncDispose]()
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
  })

  it('one that lost a question to another says nothing more about it', async () => {
    await using bot = await fixture.bot({ leaseMs: 900 })
    slow()
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => bot.modelCalls()).toBe(1)
    const { store } = bot.app.core
    const other = { lease_owner: 'another instance', lease_until: Date.now() + 60_000 }
    await store.updateTable('questions').set(other).where('ts', '=', ts).execute()
    await expect.poll(() => bot.log.some((line) => line.includes('has taken over a question of ours'))).toBe(true)
    expect(await question(bot, ts)).toMatchObject({ state: 'claimed', ...other })
    expect(await fixture.answers(tessa, ts)).toEqual([])
  })

  it('a stop reaches the one that is writing', async () => {
    const settings = database()
    const given = { leaseMs: 900 }
    await using first = await fixture.bot(given, settings)
    await using second = await fixture.bot(given, settings)
    slow()
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect.poll(() => second.modelCalls()).toBe(1)
    const stop = { type: 'agent_session_stopped', channel: tessa.dm, thread_ts: ts, user: tessa.userId }
    // The workspace gives each event to the next of the two.
    fixture.sandbox.workspace.deliverEvent({ ...stop, streaming_message_ts: [], event_ts: ts })
    await answerIn(ts, WORDS.stopped)
    await expect.poll(async () => (await question(first, ts)).state).toBe('abandoned')
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
  })
})
