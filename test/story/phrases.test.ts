import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS } from '../../src/slack/questions/words.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { type Bot, type BotFixture, openBotFixture } from './support/bot-fixture.ts'

describe('what people write without a code', () => {
  let fixture: BotFixture
  let bot: Bot
  let tessa: Seat

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    bot = await fixture.bot()
    tessa = await fixture.seat(PEOPLE.technician)
  })
  afterAll(async () => {
    await bot[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  })

  const replies = (ts: string, count = 1) =>
    tessa.waitFor(({ messages }) => {
      const said = messages.filter((one) => one.threadTs === ts && one.userId === PEOPLE.bot)
      return said.length >= count && said
    })
  const replyTo = async (text: string, files: readonly { name: string; text: string }[] = []): Promise<Message> => {
    const ts = await tessa.say(tessa.dm, text, files.length > 0 ? { files } : {})
    const [reply] = await replies(ts)
    return reply ?? expect.fail()
  }
  const PHOTO = [{ name: 'display.jpg', text: 'no picture' }]

  it.each([
    ['hello', WORDS.greeting],
    ['Good morning', WORDS.greeting],
    ['thanks', WORDS.thanks],
    ['help', SHARED_WORDS.help],
    ['what can you do?', SHARED_WORDS.help],
    [':wave:', WORDS.greeting],
  ])('%s is answered without a model', async (text, words) => {
    const before = bot.modelCalls()
    expect((await replyTo(text)).text).toContain(words.slice(0, 60))
    expect(bot.modelCalls()).toBe(before)
  })

  it.each(['What will the weather be like tomorrow?', 'Tell me a joke.', 'Write a poem about my cat'])(
    'is declined in one line when it is off our topic: %s',
    async (text) => {
      const reply = await replyTo(text)
      expect(reply.text).toContain(SHARED_WORDS.notUnderstood)
      expect(reply.text).not.toContain('\n')
      expect(reply.blocks.filter(({ type }) => type === 'section')).toHaveLength(1)
    },
  )

  it('a symptom leads to its likely codes as buttons, and a button to the answer in the same thread', async () => {
    const choice = await replyTo('cloudy reading after the storm')
    expect(readMessage(choice)).toContain(SHARED_WORDS.soundsLike)
    const button = 'E-02: Turbidity sensor occlusion'
    await Promise.all([tessa.click(choice, button), tessa.click(choice, button)])
    const [, answer] = await replies(choice.threadTs ?? '', 2)
    expect(readMessage(answer ?? expect.fail())).toContain('Run CLEAN_TURB')
    await fixture.sandbox.workspace.settled()
    expect(await fixture.answers(tessa, choice.threadTs ?? '')).toHaveLength(2)
  })

  it('an attached file gets a kind word, with whatever else there is', async () => {
    expect((await replyTo('', PHOTO)).text).toBe(WORDS.nothingToRead)
    const answer = readMessage(await replyTo('E-02 on HC5000-A-1138, see the photo', PHOTO))
    expect(answer).toContain('Run CLEAN_TURB')
    expect(answer).toContain(SHARED_WORDS.cannotSeeFiles)
    const choice = readMessage(await replyTo('battery low, see photo', PHOTO))
    expect(choice).toContain(SHARED_WORDS.soundsLike)
    expect(choice).toContain(SHARED_WORDS.cannotSeeFiles)
  })
})
