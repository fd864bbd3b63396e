import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHORTCUT } from '../../src/slack/blocks/ids.ts'
import { WORDS } from '../../src/slack/platform/words.ts'
import { type Line, openLine } from '../commands/flaky-proxy.ts'
import { DATABASES } from '../support/databases.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const postgres = DATABASES.find(({ name }) => name === 'PostgreSQL') ?? expect.fail()
const AWAY = 'My database does not answer right now'

/** The line to PostgreSQL is cut, or swallows everything: whoever clicks is told, and nothing typed is lost. */
describe.skipIf(postgres.skipped)(`while the database is away (skipped: ${postgres.skipped})`, () => {
  let fixture: TestApp
  let tessa: Seat
  let line: Line
  let answer: Message
  const opened = new AsyncDisposableStack()
  beforeAll(async () => {
    const { config } = opened.use(await postgres.createEmpty())
    const url = new URL(config.kind === 'postgres' ? config.url : expect.fail())
    line = opened.use(await openLine(url.href))
    url.port = new URL(line.url).port
    fixture = opened.use(await startTestApp({ isTrained: false, settings: { DATABASE_URL: url.href } }))
    tessa = await fixture.seat(PEOPLE.technician)
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    answer = await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.threadTs === ts && one.userId === PEOPLE.bot),
    )
  }, 60_000)
  afterEach(() => line.restore())
  afterAll(() => opened.disposeAsync(), 60_000)

  const whispers = () => tessa.messages().filter((one) => one.isEphemeral)
  /** What tessa is told by what she does, and how soon. */
  const told = async (act: () => Promise<unknown>, words: string) => {
    const before = whispers().length
    const since = performance.now()
    await act()
    const heard = await tessa.waitFor(() =>
      whispers()
        .slice(before)
        .find((one) => readMessage(one).includes(words)),
    )
    expect(performance.now() - since).toBeLessThan(3_500)
    return readMessage(heard)
  }
  const formWith = (field: string) =>
    tessa.waitFor(({ modals }) => modals.findLast((view) => view.blocks.some((block) => block.block_id === field)), {
      what: `a form with ${field}`,
    })

  it.each(['Run CLEAN_TURB', '👍'])('a press on %s is told so at once', async (button) => {
    await line.cut()
    await told(() => tessa.click(answer, button), AWAY)
    await line.restore()
    expect(fixture.sandbox.devices.received).toEqual([])
  })

  it('a reaction to an answer is told so', async () => {
    await line.cut()
    await told(() => tessa.react(answer, '+1'), AWAY)
  })

  it.each(['/diagnose E-02 HC5000-A-1138', '/classify voltage low'])(
    'somebody who typed %s is told so, and gets it back',
    async (typed) => {
      await line.cut()
      const words = await told(() => tessa.command(typed), AWAY)
      expect(words).toContain(typed.replace('/classify ', ''))
    },
  )

  it('a form keeps what was typed, and is taken once the database is back', async () => {
    await tessa.shortcut(SHORTCUT.askCode)
    const form = await formWith('question')
    await line.cut()
    expect(await tessa.submit(form, { question: 'W-10 here' })).toMatchObject({
      ok: false,
      errors: { question: expect.stringContaining(AWAY) },
    })
    await line.restore()
    expect(await tessa.submit(form, { question: 'W-10 here' })).toEqual({ ok: true })
    await tessa.waitFor(({ messages }) => messages.find((one) => readMessage(one).includes('Low battery')))
  })

  it('a correction keeps what was typed', async () => {
    await tessa.click(answer, '👎')
    const form = await formWith('reason')
    await line.cut()
    const typed = { reason: 'unclear', action: 'Clean the turbidity sensor' }
    expect(await tessa.submit(form, typed)).toMatchObject({ ok: false })
    await line.restore()
    expect(await tessa.submit(form, typed)).toEqual({ ok: true })
  })

  it('a correction that is closed unsent is there when it is opened again', async () => {
    await tessa.click(answer, '👎')
    const form = await formWith('note')
    await line.cut()
    await tessa.type(form, 'note', 'Twice, says the manual')
    await tessa.dismiss(form)
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => !one.isEphemeral && one.threadTs === null && readMessage(one).includes(AWAY)),
    )
    await line.restore()
    await tessa.click(answer, '👎')
    const again = await formWith('note')
    expect(JSON.stringify(again.blocks)).toContain('Twice, says the manual')
    await tessa.dismiss(again)
  })

  describe('and only seems to be there', () => {
    it('a press is told that it takes long, and a form keeps what was typed', async () => {
      await tessa.shortcut(SHORTCUT.askCode)
      const form = await formWith('question')
      line.mute('to client')
      await told(() => tessa.click(answer, 'Run CLEAN_TURB'), WORDS.takesLong)
      expect(await tessa.submit(form, { question: 'E-01' })).toMatchObject({
        ok: false,
        errors: { question: WORDS.formTakesLong },
      })
      const words = await told(() => tessa.command('/diagnose E-05'), WORDS.commandTakesLong)
      expect(words).toContain('/diagnose E-05')
      // The swallowed connections end, and the next ones hear again.
      await line.cut()
    }, 20_000)
  })
})
