import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { WORDS } from '../../src/slack/questions/words.ts'
import { readMessage } from '../support/seat-reading.ts'
import { type BotFixture, openBotFixture } from './support/bot-fixture.ts'

describe('what one person may ask in an hour', () => {
  let fixture: BotFixture
  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  it('ends with one kind word, costs no model more, and takes nothing from anybody else', async () => {
    await using bot = await fixture.bot({}, { QUESTIONS_PER_PERSON: '2' })
    const tessa = await fixture.seat(PEOPLE.technician)
    const nils = await fixture.seat(PEOPLE.operator)
    const replyTo = (seat: typeof tessa, ts: string) =>
      seat.waitFor(({ messages }) => messages.find((one) => one.userId === PEOPLE.bot && one.threadTs === ts))
    for (const code of ['E-01', 'E-02'])
      expect(readMessage(await replyTo(tessa, await tessa.say(tessa.dm, code)))).toContain('👍')
    expect((await replyTo(tessa, await tessa.say(tessa.dm, 'E-05'))).text).toBe(WORDS.usedUp)
    const beyond = [await tessa.say(tessa.dm, 'W-10'), await tessa.say(tessa.dm, 'E-01?')]
    const stateOf = (ts: string) =>
      bot.app.core.store.selectFrom('questions').select('state').where('ts', '=', ts).executeTakeFirst()
    for (const ts of beyond) await expect.poll(() => stateOf(ts)).toEqual({ state: 'abandoned' })
    for (const ts of beyond) expect(await fixture.answers(tessa, ts)).toEqual([])
    expect(bot.modelCalls()).toBe(2)
    expect(readMessage(await replyTo(nils, await nils.say(nils.dm, 'E-02 please')))).toContain('👍')
  })
})
