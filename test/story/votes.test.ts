import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppOverrides, createApp } from '../../src/app.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { readConfig } from '../../src/config/config.ts'
import { listJobs } from '../../src/outbox/outbox-records.ts'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { DATABASES } from '../support/databases.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage, textIn } from '../support/seat-reading.ts'
import { silent } from '../support/silent.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'
import { unhurried } from '../support/unhurried.ts'

/** Answers as the catalog has it, at once. */
const modelsOf = (catalog: () => Catalog): NonNullable<AppOverrides['models']> => ({
  async *stream({ messages }) {
    const entry = catalog().find(/[EW]-\d\d/.exec(messages.at(-1)?.content ?? '')?.[0] ?? '')
    yield entry
      ? `Error Code ${entry.code} indicates a '${entry.problem}'. Recommended Action: ${entry.action}.`
      : 'I can only help with device codes.'
  },
  list: async () => [],
})

const countIn = (message: Message) => /👍 \d+( · 👎 \d+)?$|👎 \d+$/.exec(textIn(message.blocks))?.[0] ?? null

/** Thumbs and emoji on one answer, and the count that stands on it. */
describe('votes on an answer', () => {
  let fixture: TestApp
  let tessa: Seat
  let nils: Seat
  let omar: Seat
  const bot = PEOPLE.bot
  /** Time passes only where a test says so: a count waits for more votes. */
  let ahead = 0
  const given: Partial<AppOverrides> = {
    now: () => Date.now() + ahead,
    models: modelsOf(() => fixture.app.core.catalog),
  }

  beforeAll(async () => {
    const settings = { VOTE_UP_REACTIONS: 'white_check_mark, heavy_check_mark', VOTE_DOWN_REACTIONS: 'x' }
    fixture = await startTestApp({ isTrained: false, settings, given, sandbox: { rateLimits: false } })
    ;[tessa, nils, omar] = await fixture.seats(PEOPLE.technician, PEOPLE.secondTechnician, PEOPLE.operator)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const answerTo = (seat: Seat, ts: string) =>
    seat.waitFor(({ messages }) =>
      messages.find((one) => one.userId === bot && one.threadTs === ts && !one.isEphemeral),
    )
  const askInChannel = async (text: string) =>
    answerTo(tessa, await tessa.say(fixture.sandbox.workspace.channels.fieldSupport, `<@${bot}> ${text}`))
  const marks = (voter: string) =>
    fixture.app.core.store
      .selectFrom('vote_events')
      .select(['origin', 'value', 'is_set'])
      .where('voter', '=', voter)
      .orderBy('event_ts', 'desc')
      .execute()
  /** The newest mark of a person, once it was taken in. */
  const heard = (seat: Seat, mark: string, is_set = 1) =>
    expect.poll(async () => (await marks(seat.userId))[0]).toMatchObject({ origin: mark, is_set })
  const updates = () => fixture.sandbox.workspace.calls.filter(({ method }) => method === 'chat.update').length
  /** Lets the time of the count come, and reads what it says. */
  const counted = async (message: Message, count: string | null) => {
    ahead += 10_000
    await fixture.app.outbox.runOnce()
    await tessa.waitFor(({ messages }) => messages.some((one) => one.ts === message.ts && countIn(one) === count), {
      what: `the count ${count}`,
    })
  }

  it('are counted once a person, whatever they pressed, and shown to the others', async () => {
    const answer = await askInChannel('E-02')
    expect(countIn(answer)).toBeNull()
    await tessa.click(answer, '👍')
    await heard(tessa, 'button')
    await nils.react(answer, 'heavy_check_mark')
    await heard(nils, 'reaction:heavy_check_mark')
    await omar.react(answer, 'x')
    await heard(omar, 'reaction:x')
    await counted(answer, '👍 2 · 👎 1')
    await omar.react(answer, 'thumbsup::skin-tone-4')
    await heard(omar, 'reaction:+1::skin-tone-4')
    await counted(answer, '👍 3')
    await omar.unreact(answer, 'thumbsup::skin-tone-4')
    await heard(omar, 'reaction:+1::skin-tone-4', 0)
    await counted(answer, '👍 2 · 👎 1')
    await omar.unreact(answer, 'x')
    await heard(omar, 'reaction:x', 0)
    await counted(answer, '👍 2')
  })

  it('of a crowd change the message once', async () => {
    const answer = await askInChannel('E-01')
    const before = updates()
    for (let i = 0; i < 12; i += 1) await [tessa, nils, omar][i % 3]?.click(answer, '👍')
    const wishes = () => listJobs(fixture.app.core.store, 'votes', 10)
    await expect.poll(async () => (await wishes()).map(({ version }) => version)).toEqual([3])
    await counted(answer, '👍 3')
    expect(updates() - before).toBe(1)
  })

  it('are not asked for where nothing was answered', async () => {
    const reply = await askInChannel('what is the capital of France?')
    expect(readMessage(reply)).toContain('I can explain HydroCore 5000 error codes')
    for (const part of ['👍', '👎', 'catalog', 'assistant']) expect(textIn(reply.blocks)).not.toContain(part)
    await tessa.react(reply, '-1')
    await heard(tessa, 'reaction:-1')
    const offer = await tessa.waitFor(({ messages }) => messages.find((one) => one.isEphemeral))
    expect(readMessage(offer)).toContain('Tell us what is right')
  })

  it('change nothing on an answer that its asker alone sees', async () => {
    const answer = await answerTo(tessa, await tessa.say(tessa.dm, 'W-10'))
    const before = updates()
    await tessa.react(answer, 'white_check_mark')
    await heard(tessa, 'reaction:white_check_mark')
    ahead += 10_000
    await fixture.app.outbox.runOnce()
    expect(updates()).toBe(before)
  })

  it('are shown by the next instance when the one that heard them is gone', async () => {
    const answer = await askInChannel('E-05')
    await nils.click(answer, '👍')
    await heard(nils, 'button')
    await fixture.app[Symbol.asyncDispose]()
    await using next = await createApp(readConfig(fixture.settings), unhurried({ logger: silent, ...given }))
    fixture.app = next
    await next.start(AbortSignal.timeout(10_000))
    await counted(answer, '👍 1')
    expect(readMessage(answer)).toContain('Communication module failure')
  })
})

const postgres = DATABASES.find(({ name }) => name === 'PostgreSQL') ?? expect.fail()

/** The same over two instances at once: whichever hears of a vote, the count is one. */
describe.skipIf(postgres.skipped)(`votes heard by two instances (${postgres.skipped ?? 'PostgreSQL'})`, () => {
  it('are one count, in few edits', { timeout: 30_000 }, async () => {
    await using opened = new AsyncDisposableStack()
    const database = opened.use(await postgres.createEmpty())
    if (database.config.kind !== 'postgres') return expect.fail()
    let ahead = 0
    const given: Partial<AppOverrides> = {
      now: () => Date.now() + ahead,
      models: modelsOf(() => fixture.app.core.catalog),
    }
    const settings = { DATABASE_URL: database.config.url }
    const fixture: TestApp = opened.use(
      await startTestApp({ isTrained: false, settings, given, sandbox: { rateLimits: false } }),
    )
    const second = opened.use(await createApp(readConfig(fixture.settings), unhurried({ logger: silent, ...given })))
    await second.start(AbortSignal.timeout(10_000))
    const { technician, secondTechnician, operator, secondOperator } = PEOPLE
    const seats = await Promise.all([technician, secondTechnician, operator, secondOperator].map(fixture.seat))
    const [tessa = expect.fail()] = seats
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const ts = await tessa.say(fieldSupport, `<@${PEOPLE.bot}> E-02`)
    const answer = await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.userId === PEOPLE.bot && one.threadTs === ts),
    )
    const updates = () => fixture.sandbox.workspace.calls.filter(({ method }) => method === 'chat.update').length
    const before = updates()
    await Promise.all(
      seats.map(async (seat, person) => {
        for (const thumb of ['👍', '👎', '👎', '👍', person === 0 ? '👎' : '👍']) await seat.click(answer, thumb)
      }),
    )
    const newest = fixture.app.core.store.selectFrom('vote_events').select(['voter', 'value']).orderBy('voter')
    await expect
      .poll(async () => (await newest.execute()).map(({ voter, value }) => `${voter} ${value}`))
      .toEqual(seats.map(({ userId }, person) => `${userId} ${person === 0 ? -1 : 1}`).sort())
    ahead += 10_000
    await Promise.all([fixture.app.outbox.runOnce(), second.outbox.runOnce()])
    await tessa.waitFor(({ messages }) =>
      messages.some((one) => one.ts === answer.ts && countIn(one) === '👍 3 · 👎 1'),
    )
    expect(updates() - before).toBeLessThanOrEqual(4)
  })
})
