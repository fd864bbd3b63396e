import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { type BotFixture, openBotFixture } from './support/bot-fixture.ts'

describe('a short answer', () => {
  let fixture: BotFixture
  let tessa: Seat

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const finalIn = (ts: string) => (scene: Scene) =>
    scene.messages.find((one) => one.threadTs === ts && one.userId === PEOPLE.bot && readMessage(one).includes('👍'))
  const statuses = async () => {
    const state = await fetch(`${fixture.sandbox.workspace.url}/sandbox/state?user=${PEOPLE.technician}`)
    return ((await state.json()) as Snapshot).statuses
  }

  it('is one post and one status, and nothing of it before the model is asked', async () => {
    await using bot = await fixture.bot({ timeouts: { statusAfterMs: 200 } })
    fixture.sandbox.workspace.faults.latency(20)
    fixture.sandbox.modelServer.latency({ firstTokenMs: 800 })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await tessa.waitFor(({ statuses: shown }) => shown.find(({ threadTs }) => threadTs === ts))
    await tessa.waitFor(finalIn(ts))
    await bot.app[Symbol.asyncDispose]()
    expect(bot.calls().map(({ method }) => method)).toEqual(['assistant.threads.setStatus', 'chat.postMessage'])
    const asked = fixture.sandbox.modelServer.calls.at(-1)?.at.getTime() ?? Number.POSITIVE_INFINITY
    expect(bot.calls()[0]?.at).toBeGreaterThanOrEqual(asked)
    expect(await statuses()).toEqual([])
  })

  it('is one post and nothing else when it is there at once', async () => {
    await using bot = await fixture.bot()
    const ts = await tessa.say(tessa.dm, 'E-01, please')
    await tessa.waitFor(finalIn(ts))
    await bot.app[Symbol.asyncDispose]()
    expect(bot.calls().map(({ method }) => method)).toEqual(['chat.postMessage'])
    expect(bot.modelCalls()).toBe(1)
  })

  it('leaves no status behind that was still on its way when the answer came', async () => {
    await using bot = await fixture.bot({ timeouts: { statusAfterMs: 10 } })
    fixture.sandbox.workspace.faults.add({ method: 'assistant.threads.setStatus', delayMs: 250 })
    fixture.sandbox.modelServer.latency({ firstTokenMs: 60 })
    const ts = await tessa.say(tessa.dm, 'E-05')
    await tessa.waitFor(finalIn(ts))
    await bot.app[Symbol.asyncDispose]()
    expect(bot.calls('assistant.threads.setStatus').map(({ args }) => args.status)).toEqual([expect.any(String), ''])
    expect(await statuses()).toEqual([])
  })

  it('leaves no status behind when there is no answer', async () => {
    await using bot = await fixture.bot({ timeouts: { statusAfterMs: 10, giveUpMs: 100 } })
    fixture.sandbox.modelServer.latency({ firstTokenMs: 10_000 })
    const ts = await tessa.say(tessa.dm, 'E-05')
    await tessa.waitFor(({ messages }) => messages.find((one) => one.threadTs === ts && one.userId === PEOPLE.bot))
    await bot.app[Symbol.asyncDispose]()
    expect(await statuses()).toEqual([])
  })

  it('is given to each of several people in one thread, in their order, however slow the first', async () => {
    await using bot = await fixture.bot()
    const nils = await fixture.seat(PEOPLE.secondTechnician)
    const { fieldSupport } = fixture.sandbox.workspace.channels
    const root = await tessa.say(fieldSupport, `<@${PEOPLE.bot}> what is E-01?`)
    await tessa.waitFor(finalIn(root))
    fixture.sandbox.modelServer.faults.add({ path: '/chat/completions', delayMs: 300 })
    await tessa.say(fieldSupport, 'And E-02 on HC5000-A-1138?', { threadTs: root })
    await nils.say(fieldSupport, 'I have E-05 here', { threadTs: root })
    await tessa.say(fieldSupport, 'and W-10 too', { threadTs: root })
    const said = await tessa.waitFor(({ messages }) => {
      const all = messages.filter((one) => one.threadTs === root && one.userId === PEOPLE.bot)
      return all.length === 4 && all
    })
    const codes = said.map((one) => /[EW]-\d\d/.exec(readMessage(one))?.[0])
    expect(codes).toEqual(['E-01', 'E-02', 'E-05', 'W-10'])
    expect(bot.calls('chat.postMessage')).toHaveLength(4)
  })

  it('to several codes has a section and a button for each', async () => {
    await using bot = await fixture.bot()
    const ts = await tessa.say(tessa.dm, 'HC5000-B-2201 shows E-02 and e5, then W10')
    const answer = await tessa.waitFor(finalIn(ts))
    const words = readMessage(answer)
    expect(words.indexOf('E-02 · Turbidity sensor occlusion')).toBeGreaterThan(0)
    expect(words.indexOf('E-05 · Communication module failure')).toBeGreaterThan(words.indexOf('E-02 ·'))
    expect(words.indexOf('W-10 · Low battery warning')).toBeGreaterThan(words.indexOf('E-05 ·'))
    expect(words).toContain('Run CLEAN_TURB')
    expect(words).toContain('Request REBOOT_COMM')
    expect(bot.modelCalls()).toBe(3)
    await tessa.click(answer, 'Run CLEAN_TURB')
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.ts === answer.ts && readMessage(one).includes('succeeded')),
    )
    expect(fixture.sandbox.devices.received.map(({ command }) => command)).toEqual(['CLEAN_TURB'])
  })
})
