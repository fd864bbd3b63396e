import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config/env.ts'
import { COMPILE_CACHE } from '../../src/lib/compile-cache.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import type { Timeouts } from '../../src/slack/progress/timeouts.ts'
import { WORDS } from '../../src/slack/questions/words.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { DATABASES } from '../support/databases.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { silent } from '../support/silent.ts'
import { type BotFixture, openBotFixture } from './support/bot-fixture.ts'

const LEASE_MS = 600
const SLOW_MS = 60_000

describe('after kill -9', () => {
  let fixture: BotFixture
  let seats: Seat[]
  const running = new Set<ChildProcess>()

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    const { bot, ...people } = PEOPLE
    seats = await Promise.all(Object.values(people).map((person) => fixture.seat(person)))
  })
  afterEach(async () => {
    await Promise.all([...running].map(kill))
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  /** Starts a bot as a process; resolves when Slack has accepted it. */
  async function start(settings: Environment, more: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
    const env = { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...settings, LEASE_MS: String(LEASE_MS), ...more }
    const child = fork(new URL('./support/bot-process.ts', import.meta.url), {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    running.add(child)
    child.on('exit', () => running.delete(child))
    await once(child, 'message')
    return child
  }
  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  /** The next start, or another instance: in this process, since it lives on. */
  const next = (settings: Environment, timeouts: Partial<Timeouts> = {}) =>
    fixture.bot({ leaseMs: LEASE_MS, timeouts }, { DATABASE_URL: settings.DATABASE_URL ?? '' })
  const quickModel = () => fixture.sandbox.modelServer.latency({ firstTokenMs: 0, perTokenMs: 0 })
  const slowModel = () => fixture.sandbox.modelServer.latency({ firstTokenMs: SLOW_MS })
  const modelCalls = () => fixture.sandbox.modelServer.calls.filter(({ path }) => path === '/chat/completions').length
  /** Every question differs, so that none is answered from the cache. */
  const ask = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const seat = seats[i % seats.length] as Seat
        return {
          seat,
          ts: await seat.say(seat.dm, `E-02 once more, ${randomBytes(4).toString('hex').replace(/\d/g, 'x')}`),
        }
      }),
    )
  const states = async (store: Store) => {
    const rows = await store.selectFrom('questions').select('state').execute()
    return [...new Set(rows.map(({ state }) => state))]
  }
  const expectOneAnswerEach = async (asked: readonly { seat: Seat; ts: string }[]) => {
    const said = await Promise.all(asked.map(({ seat, ts }) => fixture.answers(seat, ts)))
    expect(said.map((messages) => messages.length)).toEqual(asked.map(() => 1))
    for (const [message] of said) expect(message && readMessage(message)).toContain('Turbidity sensor occlusion')
  }

  it('each of 50 questions in flight gets one answer from the next start', async () => {
    const settings = fixture.settings()
    await using store = await openStore({ kind: 'sqlite', path: pathOf(settings) }, silent)
    slowModel()
    const first = await start(settings)
    const before = modelCalls()
    const asked = await ask(50)
    await expect.poll(modelCalls).toBe(before + 50)
    await kill(first)
    quickModel()
    await start(settings)
    await expect.poll(() => states(store)).toEqual(['answered'])
    await expectOneAnswerEach(asked)
  })

  it.each([
    { name: 'after it was posted, before that was noted', dieAt: 'after:chat.postMessage', asks: 1 },
    { name: 'after the answer was made, before it was posted', dieAt: 'before:chat.postMessage', asks: 1 },
    { name: 'while a stream was started', dieAt: 'before:chat.startStream', asks: 2 },
    { name: 'before it heard that its stream was started', dieAt: 'after:chat.startStream', asks: 2 },
    { name: 'in mid-stream', dieAt: 'after:chat.appendStream', asks: 2 },
    { name: 'between stream and final message', dieAt: 'before:chat.stopStream', asks: 1 },
    { name: 'after the final message took its place', dieAt: 'after:chat.update', asks: 1 },
  ])('a question has one answer when its bot died $name', async ({ dieAt, asks }) => {
    const settings = fixture.settings()
    await using store = await openStore({ kind: 'sqlite', path: pathOf(settings) }, silent)
    const isLong = !dieAt.endsWith('postMessage')
    fixture.sandbox.modelServer.latency({ firstTokenMs: 0, perTokenMs: isLong ? 10 : 0 })
    const PATIENCE = JSON.stringify({ holdMs: isLong ? 30 : 60_000, appendEveryMs: 40 })
    const first = await start(settings, { DIE_AT: dieAt, PATIENCE })
    const before = modelCalls()
    const asked = await ask(1)
    await once(first, 'exit')
    await using _ = await next(settings)
    await expect.poll(() => states(store)).toEqual(['answered'])
    await expectOneAnswerEach(asked)
    expect(modelCalls() - before).toBe(asks)
    const { message_ts } = await store.selectFrom('answers').select('message_ts').executeTakeFirstOrThrow()
    const [{ seat, ts }] = asked as [{ seat: Seat; ts: string }]
    expect((await fixture.answers(seat, ts))[0]?.ts).toBe(message_ts)
  })

  it('what is not an answer of its own is not said twice either', async () => {
    const settings = fixture.settings()
    await using store = await openStore({ kind: 'sqlite', path: pathOf(settings) }, silent)
    quickModel()
    const first = await start(settings, { DIE_AT: 'after:chat.postMessage' })
    const [tessa] = seats as [Seat]
    const ts = await tessa.say(tessa.dm, 'my battery is low')
    await once(first, 'exit')
    await using _ = await next(settings)
    await expect.poll(() => states(store)).toEqual(['answered'])
    expect((await fixture.answers(tessa, ts)).map(({ text }) => text)).toEqual([
      expect.stringContaining(SHARED_WORDS.soundsLike),
    ])
  })

  it('an old question gets an apology, and its button an answer in the same place', async () => {
    const settings = fixture.settings()
    await using store = await openStore({ kind: 'sqlite', path: pathOf(settings) }, silent)
    slowModel()
    const first = await start(settings)
    const before = modelCalls()
    const asked = await ask(1)
    await expect.poll(modelCalls).toBe(before + 1)
    await kill(first)
    await using _ = await next(settings, { tooOldMs: 1 })
    await expect.poll(() => states(store)).toEqual(['abandoned'])
    const [{ seat, ts }] = asked as [{ seat: Seat; ts: string }]
    const [apology, ...more] = await fixture.answers(seat, ts)
    expect(more).toEqual([])
    expect(apology?.text).toBe(WORDS.tooOld)
    await seat.click(apology ?? expect.fail(), SHARED_WORDS.tryAgain)
    await expect.poll(() => states(store)).toEqual(['answered'])
    await expectOneAnswerEach(asked)
    expect((await fixture.answers(seat, ts))[0]?.ts).toBe(apology?.ts)
  })

  const postgres = DATABASES.find(({ name }) => name === 'PostgreSQL')
  it.skipIf(postgres?.skipped !== null)('the surviving one of two takes over, on one PostgreSQL database', async () => {
    await using database = await (postgres ?? expect.fail()).create()
    const settings = fixture.settings({ DATABASE_URL: database.config.kind === 'postgres' ? database.config.url : '' })
    slowModel()
    const first = await start(settings)
    const before = modelCalls()
    const asked = await ask(30)
    await expect.poll(modelCalls).toBe(before + 30)
    await using _ = await next(settings)
    await kill(first)
    await expect.poll(() => states(database.store)).toEqual(['answered'])
    await expectOneAnswerEach(asked)
  })
})

const pathOf = ({ DATABASE_URL = '' }: Environment) => DATABASE_URL.replace('sqlite:', '')
