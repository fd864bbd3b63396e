import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OWN_CATALOG } from '../../src/catalog/loading.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import type { Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { type Bot, type BotFixture, openBotFixture } from './support/bot-fixture.ts'

const CONTRADICTION =
  "Error Code E-05 indicates a 'Broken antenna'. Recommended Action: Climb up and replace it (command: RECALIB_PH)."

describe('a repeated first question', () => {
  let fixture: BotFixture
  let tessa: Seat

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const ask = async (text: string) => {
    const ts = await tessa.say(tessa.dm, text)
    return tessa.waitFor(({ messages }) =>
      messages.find((one) => one.threadTs === ts && one.userId === PEOPLE.bot && readMessage(one).includes('👍')),
    )
  }
  const cached = async (bot: Bot) => {
    const rows = await bot.app.core.store.selectFrom('kv').select('key').execute()
    return rows.filter(({ key }) => key.startsWith('answer::')).length
  }

  it('is answered without the model, whatever the device', async () => {
    await using bot = await fixture.bot()
    await ask('What does E-02 mean on HC5000-A-1138?')
    const said = readMessage(await ask('what does E-02 mean on hc5000 b 2201'))
    expect(bot.modelCalls()).toBe(1)
    expect(said).toContain('HC5000-B-2201')
    expect(said).toContain('Run CLEAN_TURB')
    expect(said).toContain('assistant `ft:')
    await ask('What does E-01 mean on HC5000-A-1138?')
    expect(bot.modelCalls()).toBe(2)
  })

  it('goes to the model again when another one plays the assistant, or the catalog is another', async () => {
    const settings = fixture.settings()
    const database = { DATABASE_URL: settings.DATABASE_URL ?? '' }
    const question = 'E-01 on HC5000-A-1138'
    {
      await using bot = await fixture.bot({}, database)
      await ask(question)
      expect(bot.modelCalls()).toBe(1)
    }
    {
      await using bot = await fixture.bot({}, { ...database, ASSISTANT_MODEL: settings.BASE_MODEL ?? '' })
      expect(readMessage(await ask(question))).toContain(SHARED_WORDS.unreadable)
      expect(bot.modelCalls()).toBe(1)
    }
    {
      const catalog: Record<string, unknown> = JSON.parse(await readFile(OWN_CATALOG, 'utf8'))
      const CATALOG_FILE = join(fixture.folder, 'newer.json')
      await writeFile(CATALOG_FILE, JSON.stringify({ ...catalog, version: '2027.1' }))
      await using bot = await fixture.bot({}, { ...database, CATALOG_FILE })
      expect(readMessage(await ask(question))).toContain('catalog 2027.1')
      expect(bot.modelCalls()).toBe(1)
    }
    {
      await using bot = await fixture.bot({}, database)
      await ask(question)
      expect(bot.modelCalls()).toBe(0)
    }
  })

  it('goes to the model again after a thumb went down, by button or as a reaction', async () => {
    await using bot = await fixture.bot()
    const first = await ask('E-02?')
    await expect.poll(() => cached(bot)).toBe(1)
    await tessa.click(first, '👎')
    await expect.poll(() => cached(bot)).toBe(0)
    const second = await ask('E-02?')
    expect(bot.modelCalls()).toBe(2)
    await expect.poll(() => cached(bot)).toBe(1)
    await tessa.react(second, '-1')
    await expect.poll(() => cached(bot)).toBe(0)
    await ask('E-02?')
    expect(bot.modelCalls()).toBe(3)
  })

  it('is never answered from what the catalog contradicts', async () => {
    const models = { list: async () => [], async *stream() { yield CONTRADICTION } } // biome-ignore format: one line is enough
    await using bot = await fixture.bot({ models })
    expect(readMessage(await ask('E-05'))).toContain(SHARED_WORDS.disagreed)
    expect(await cached(bot)).toBe(0)
  })

  it('is not misled by a row that somebody spoilt', async () => {
    await using bot = await fixture.bot()
    const { store } = bot.app.core
    await ask('E-05')
    await expect.poll(() => cached(bot)).toBe(1)
    const rows = () => store.selectFrom('kv').select('value').where('key', 'like', 'answer::%')
    const { value: good } = await rows().executeTakeFirstOrThrow()
    const spoil = (value: string) => store.updateTable('kv').set({ value }).where('key', 'like', 'answer::%').execute()
    const withText = (modelText: unknown) => {
      const kept = JSON.parse(good)
      return JSON.stringify({ ...kept, value: { ...kept.value, modelText } })
    }
    const spoilt = [CONTRADICTION, 7, '<!channel>', 'x'.repeat(100_000)].map(withText)
    for (const value of [...spoilt, '{', 'null']) {
      await spoil(value)
      const said = readMessage(await ask('E-05'))
      expect(said).toContain('Communication module failure')
      expect(said).toContain('Request REBOOT_COMM')
      expect(said).not.toContain('antenna')
    }
    expect(bot.modelCalls()).toBe(7)
    await spoil(good)
    await ask('E-05')
    expect(bot.modelCalls()).toBe(7)
  })
})
