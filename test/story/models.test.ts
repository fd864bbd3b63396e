import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRecords } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import type { Environment } from '../../src/config/env.ts'
import { statementOf, writeAnswer } from '../../src/diagnosis/answer.ts'
import { findRunningCanary } from '../../src/diagnosis/model/model-records.ts'
import { buildPrompt } from '../../src/diagnosis/prompt.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { evaluate } from '../../src/training/evaluation/evaluation.ts'
import { wilsonRate } from '../../src/training/evaluation/statistics.ts'
import { checkCanaries, startCanary } from '../../src/training/models/canary.ts'
import { promote, rollback } from '../../src/training/models/promotion.ts'
import { DATABASES } from '../support/databases.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { silent } from '../support/silent.ts'
import { type Bot, type BotFixture, openBotFixture } from './support/bot-fixture.ts'

/** Models are moved in a terminal while two instances of the bot run on one database. */
describe('models that are moved while the bot runs', () => {
  const postgres = DATABASES.find(({ name }) => name === 'PostgreSQL')
  let fixture: BotFixture
  let tessa: Seat
  let ada: Seat
  let base: string
  let trained: string
  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
    ada = await fixture.seat(PEOPLE.admin)
    const settings = fixture.settings()
    base = settings.BASE_MODEL ?? ''
    trained = settings.ASSISTANT_MODEL ?? ''
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  /** A thread of its own for each question. */
  const ask = async (text: string) => {
    const ts = await tessa.say(tessa.dm, text)
    const answer = await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.threadTs === ts && one.userId === PEOPLE.bot && readMessage(one).includes('👍')),
    )
    return { ts, said: readMessage(answer) }
  }
  const heard = (words: string) => ada.messages(ada.dm).filter((one) => readMessage(one).includes(words))
  const hears = (words: string) => ada.waitFor(() => heard(words).length > 0, { what: words })
  const terminal = (over: Environment) =>
    openRecords(readConfig(fixture.settings(over), { slack: false, model: false }), { logger: silent })

  it.skipIf(postgres?.skipped !== null)(
    'a worse one on trial answers its share, falls back by itself, and the administrator hears it once',
    async () => {
      await using empty = await postgres?.createEmpty()
      if (empty?.config.kind !== 'postgres') return expect.fail('no PostgreSQL')
      const settings = { DATABASE_URL: empty.config.url }
      await using first = await fixture.bot({}, settings)
      await using second = await fixture.bot({}, settings)
      await using records = await terminal(settings)
      const moved = { alias: 'assistant', by: 'terminal:ada', reason: 'a try' }

      await startCanary(records.store, { ...moved, model: base, share: 50, configured: trained })
      await hears(`\`${base}\` is tried as assistant beside \`${trained}\``)
      const isBy = (model: string, said: string) => said.includes(`\`${model}\``)
      let one = await ask('What does E-02 mean?')
      for (let i = 0; !isBy(base, one.said) && i < 40; i += 1) one = await ask(`What does E-02 mean, once more ${i}?`)
      // A thread keeps its model, whichever instance takes the message.
      const { ts } = one
      await tessa.say(tessa.dm, 'And what does E-01 mean?', { threadTs: ts })
      await tessa.waitFor(
        ({ messages }) => messages.filter((it) => it.threadTs === ts && isBy(base, readMessage(it))).length === 2,
      )
      // The bots look by themselves too; whoever looks first, it ends once there is enough of both arms.
      const look = (bot: Bot) => checkCanaries(bot.app.core.store, bot.app.core.catalog, Date.now())
      const isTried = async () => (await findRunningCanary(records.store, 'assistant')) !== null
      for (let i = 0; (await isTried()) && i < 20; i += 1) {
        const questions = Array.from({ length: 8 }, (_, k) => ask(`What does E-02 mean in case ${8 * i + k} of mine?`))
        const said = (await Promise.all(questions)).map((it) => it.said)
        expect(said.every((words) => isBy(base, words) || isBy(trained, words))).toBe(true)
        await Promise.all([look(first), look(second), look(first)])
      }
      await hears(`\`${base}\` was taken away again as assistant: it went wrong in`)
      await expect.poll(async () => (await first.app.core.serving('any')).trial).toBeNull()
      await expect.poll(async () => (await second.app.core.serving('any')).trial).toBeNull()
      expect((await ask('What does E-05 mean now?')).said).toContain(`\`${trained}\``)
      await Promise.all([first, second].map((bot) => bot.app.outbox.runOnce()))
      expect(heard('was taken away again')).toHaveLength(1)
      expect(heard('is tried as assistant')).toHaveLength(1)
    },
    60_000,
  )

  it('what is promoted and rolled back in a terminal is followed, and told', async () => {
    const settings = { DATABASE_URL: fixture.settings().DATABASE_URL ?? '' }
    await using bot = await fixture.bot({}, settings)
    await using records = await terminal(settings)
    const wish = { alias: 'assistant', by: 'terminal:ada', configured: trained }
    const answers = (model: string) => expect.poll(async () => (await bot.app.core.serving()).model).toBe(model)
    await answers(trained)
    await promote(records.store, { ...wish, model: base, reason: 'a mistake', override: true })
    await answers(base)
    await hears(`\`${base}\` is live as assistant in place of \`${trained}\`, by \`terminal:ada\`: a mistake`)
    await rollback(records.store, { ...wish, reason: 'seen' })
    await answers(trained)
    await hears(`\`${trained}\` is live as assistant again`)
  })

  it('the end of a model in use is told ahead, once, and stands in the administrator’s Home', async () => {
    const settings = { DATABASE_URL: fixture.settings().DATABASE_URL ?? '' }
    const lastDay = new Date(Date.now() + 20 * 24 * 60 * 60 * 1_000).toISOString().slice(0, 10)
    fixture.sandbox.modelServer.announceEnd(base, lastDay)
    try {
      const words = `\`${trained}\` (assistant, classifier) stops on ${lastDay}, in 20 days`
      {
        await using _ = await fixture.bot({}, settings)
        await hears(words)
        await ada.openHome()
        await ada.waitFor(({ home }) => home !== null && JSON.stringify(home.blocks).includes(`stops on ${lastDay}`))
      }
      await using again = await fixture.bot({}, settings)
      await expect.poll(() => again.log.some((line) => line.includes('a model in use retires soon'))).toBe(true)
      await again.app.outbox.runOnce()
      expect(heard(words)).toHaveLength(1)
    } finally {
      fixture.sandbox.modelServer.announceEnd(base, null)
    }
  })

  it('an evaluation that ends in a terminal reaches the administrator with its page', async () => {
    const settings = { DATABASE_URL: fixture.settings().DATABASE_URL ?? '' }
    await using _ = await fixture.bot({}, settings)
    await using records = await terminal(settings)
    const { store, catalog } = records
    const [entry = expect.fail('no codes')] = catalog.codes
    const right = writeAnswer(statementOf(entry))
    const rows = [{ messages: [...buildPrompt(`${entry.code}?`), { role: 'assistant' as const, content: right }] }]
    const answers = async () => ({ text: right, refusal: null, usage: null })
    const { id } = await evaluate({ models: ['ft:one', 'ft:two'], rows, completions: answers, catalog, store })
    await hears(`Evaluation \`${id}\`: \`ft:one\` right in 1 of 1, unsafe in 0; \`ft:two\` right in 1 of 1`)
    const [message] = heard(id)
    expect(message?.files.map(({ name }) => name)).toEqual([`${id}.html`])
  })

  it('what was measured is promoted, and put back, with /hydrocore model, after a question and past the gate', async () => {
    await using bot = await fixture.bot()
    const { store } = bot.app.core
    const measured = async (id: string, right: Record<string, number>) => {
      const models = Object.entries(right).map(([model, count]) => ({
        model,
        accuracy: wilsonRate(count, 50),
        unsafe: wilsonRate(0, 50),
      }))
      const report = JSON.stringify({ id, dataSha256: 'x', createdAt: Date.now(), models })
      await store.insertInto('evaluations').values({ id, data_sha256: 'x', created_at: 1, report }).execute()
    }
    await measured('eval_worse', { [base]: 10, [trained]: 50 })
    await measured('eval_equal', { [base]: 50, [trained]: 50 })
    const says = (words: string) =>
      ada.waitFor(({ messages }) => messages.findLast((one) => one.isEphemeral && readMessage(one).includes(words)))
    const live = async () => (await bot.app.core.serving()).model
    await ada.command(`/hydrocore model promote ${base}`)
    await says('Send `/hydrocore model` alone')
    await ada.command(`/hydrocore model promote ${base} eval_worse`)
    await says('less often right')
    await ada.command(`/hydrocore model promote nobody eval_equal`)
    await says('did not measure nobody')

    await ada.command(`/hydrocore model promote ${base} eval_equal`)
    const asked = await says('Nothing is changed until you press')
    expect(readMessage(asked)).toContain('right in 50 of 50 (50 before)')
    expect(await live()).toBe(trained)
    await ada.click(asked, 'Promote')
    await says(`assistant is played by \`${base}\` now`)
    await expect.poll(live).toBe(base)

    await ada.command(`/hydrocore model rollback ${trained}`)
    await ada.click(await says(`\`${trained}\` in place of \`${base}\``), 'Put back')
    await says(`assistant is played by \`${trained}\` now`)
    await expect.poll(live).toBe(trained)
    // What was proposed while another model was live does nothing.
    await ada.command(`/hydrocore model promote ${base} eval_equal`)
    const stale = await says('Nothing is changed until you press')
    const other = { alias: 'assistant', model: 'ft:other', by: 'terminal:ada', reason: 'x', override: true }
    await promote(store, other)
    await ada.click(stale, 'Promote')
    await says('Somebody moved this model meanwhile')
    await expect.poll(live).toBe('ft:other')
  })

  it('what is on trial is seen, and ended, with /hydrocore model', async () => {
    await using bot = await fixture.bot()
    const wish = { alias: 'assistant', by: PEOPLE.admin, configured: trained }
    await startCanary(bot.app.core.store, { ...wish, model: base, share: 50 })
    await ada.command('/hydrocore model')
    const shown = await ada.waitFor(({ messages }) =>
      messages.find((one) => one.isEphemeral && readMessage(one).includes('On trial')),
    )
    expect(readMessage(shown)).toContain(`\`${base}\` in 50 of 100 threads`)
    await ada.click(shown, 'End the trial')
    await ada.waitFor(({ messages }) =>
      messages.find((one) => readMessage(one).includes(`The trial of \`${base}\` has ended`)),
    )
    await hears(`The trial of \`${base}\` as assistant has ended`)
  })
})
