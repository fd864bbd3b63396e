import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { type BotFixture, openBotFixture } from './support/bot-fixture.ts'

const path = '/chat/completions'
const forGood = { path, times: Number.POSITIVE_INFINITY }

describe('when the model cannot be reached', () => {
  let fixture: BotFixture
  let tessa: Seat

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const inThread =
    (ts: string, ...words: string[]) =>
    (scene: Scene) =>
      scene.messages.find(
        (one) =>
          one.threadTs === ts && one.userId === PEOPLE.bot && words.every((word) => readMessage(one).includes(word)),
      )
  const ask = async (text: string, ...words: string[]) => {
    const ts = await tessa.say(tessa.dm, text)
    return tessa.waitFor(inThread(ts, ...words))
  }

  it('it is asked again', async () => {
    await using bot = await fixture.bot()
    fixture.sandbox.modelServer.faults.add({ path, status: 500 })
    const said = readMessage(await ask('E-02', '👍'))
    expect(said).toContain('assistant `ft:')
    expect(said).not.toContain(SHARED_WORDS.offline)
    expect(bot.modelCalls()).toBe(2)
  })

  it('the one behind it answers, and the answer says which that was', async () => {
    const trained = fixture.settings().ASSISTANT_MODEL ?? ''
    await using _ = await fixture.bot({}, { ASSISTANT_MODEL: 'ft:gone', FALLBACK_MODEL: trained })
    const said = readMessage(await ask('E-02', '👍'))
    expect(said).toContain(`fallback \`${trained}\``)
    expect(said).toContain('Run CLEAN_TURB')
  })

  it('the catalog answers for a known code, marked so, with its command', async () => {
    await using _ = await fixture.bot()
    fixture.sandbox.modelServer.faults.add({ ...forGood, status: 401 })
    const said = readMessage(await ask('E-02 on HC5000-A-1138', '👍'))
    expect(said).toContain('Turbidity sensor occlusion')
    expect(said).toContain(SHARED_WORDS.offline)
    expect(said).toContain('Run CLEAN_TURB')
    expect(said).toContain('no model')
  })

  it('an unknown code is said to be unknown, with the nearest, and nothing is guessed', async () => {
    await using _ = await fixture.bot()
    fixture.sandbox.modelServer.faults.add({ ...forGood, status: 401 })
    const said = readMessage(await ask('E-03 on HC5000-A-1138', '👍'))
    expect(said).toMatch(/I do not know the code E-03\. Did you mean E-0\d or E-0\d\?/)
    expect(said).not.toContain('Run ')
  })

  it('a symptom still leads to its likely codes', async () => {
    await using _ = await fixture.bot()
    fixture.sandbox.modelServer.faults.add({ ...forGood, status: 401 })
    const choice = await ask('battery is almost empty', SHARED_WORDS.soundsLike)
    fixture.sandbox.modelServer.faults.clear()
    await tessa.click(choice, 'W-10: Low battery warning (below 15%)')
    await tessa.waitFor(inThread(choice.threadTs ?? '', 'Schedule battery replacement', '👍'))
  })

  it('without a code or a symptom the person is asked, and no model is', async () => {
    await using bot = await fixture.bot()
    fixture.sandbox.modelServer.faults.add({ ...forGood, status: 401 })
    await ask('my unit does strange things', SHARED_WORDS.notUnderstood)
    expect(bot.modelCalls()).toBe(0)
  })

  it.each(['garbage', 'empty'] as const)('or answers %s, the catalog does', async (answer) => {
    await using _ = await fixture.bot()
    fixture.sandbox.modelServer.faults.add({ ...forGood, answer })
    const said = readMessage(await ask('E-01', '👍'))
    expect(said).toContain('pH sensor calibration drift')
    expect(said).toContain(SHARED_WORDS.unreadable)
  })
})
