import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AppOverrides } from '../../src/app.ts'
import { type ChatModels, openaiModels } from '../../src/diagnosis/model/chat-stream.ts'
import type { Block, Message } from '../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import { SHARED_WORDS } from '../../src/slack/blocks/words.ts'
import { WORDS } from '../../src/slack/questions/words.ts'
import type { Scene, Seat } from '../support/seat.ts'
import { readMessage } from '../support/seat-reading.ts'
import { faultsOfMessage } from '../support/slack-limits.ts'
import { always, type Bot, type BotFixture, openBotFixture } from './support/bot-fixture.ts'

const timeouts = { statusAfterMs: 5, holdMs: 20, appendEveryMs: 30, updateEveryMs: 30 }
const STREAMING = ['chat.startStream', 'chat.appendStream', 'chat.stopStream']
const NEWER_SLACK = [...STREAMING, 'assistant.threads.setStatus', 'agents.sessions.setStatus']

const isFinal = (message: Message) => readMessage(message).includes('👍') && !message.isStreaming
const inThread = (ts: string) => (message: Message) => message.threadTs === ts && message.userId === PEOPLE.bot
const finalIn = (ts: string) => (scene: Scene) => scene.messages.filter(inThread(ts)).find(isFinal)

/** A bot whose model takes its time, some words a second. */
async function openSlowBot(fixture: BotFixture, given: Partial<AppOverrides>, perTokenMs: number): Promise<Bot> {
  const bot = await fixture.bot({ timeouts, ...given })
  fixture.sandbox.modelServer.latency({ perTokenMs })
  return bot
}

/** However it came there: one message, with everything in it and nothing that was not checked. */
async function expectOneFinalOn(fixture: BotFixture, bot: Bot, ts: string, seat: Seat): Promise<Message> {
  await seat.waitFor(finalIn(ts), { what: 'the final answer' })
  await bot.app[Symbol.asyncDispose]()
  const said = await fixture.answers(seat, ts)
  expect(said.map(readMessage)).toHaveLength(1)
  const [message] = said as [Message]
  expect(isFinal(message)).toBe(true)
  const words = readMessage(message)
  for (const part of ['Turbidity sensor occlusion', 'Trigger automated cleaning cycle', 'Run CLEAN_TURB'])
    expect(words).toContain(part)
  expect(words).not.toContain(SHARED_WORDS.unchecked)
  for (const call of bot.calls('chat.update', 'chat.postMessage')) {
    // Rich text is held against Slack's limits by the workspace itself.
    const blocks = (JSON.parse(String(call.args.blocks ?? '[]')) as Block[]).filter(({ type }) => type !== 'rich_text')
    expect(faultsOfMessage({ text: call.args.text, blocks })).toEqual([])
  }
  expect(seat.scene().statuses).toEqual([])
  return message
}

describe('a long answer', () => {
  let fixture: BotFixture
  let tessa: Seat
  let channel: string

  beforeAll(async () => {
    // Dozens of answers within a minute: what is limited a minute is counted by the tests themselves.
    fixture = await openBotFixture({ rateLimits: false })
    tessa = await fixture.seat(PEOPLE.technician)
    channel = fixture.sandbox.workspace.channels.fieldSupport
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  const slowBot = (given: Partial<AppOverrides> = {}, perTokenMs = 5) => openSlowBot(fixture, given, perTokenMs)
  const expectOneFinal = (bot: Bot, ts: string) => expectOneFinalOn(fixture, bot, ts, tessa)

  it('streams in a direct message, within two calls of Tier 2, and ends as the usual message', async () => {
    await using bot = await slowBot()
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    const live = await tessa.waitFor(({ messages }) => messages.filter(inThread(ts)).find((one) => one.isStreaming))
    expect(readMessage(live)).toContain(SHARED_WORDS.unchecked)
    const final = await expectOneFinal(bot, ts)
    expect(final.ts).toBe(live.ts)
    expect(bot.calls('chat.startStream')).toHaveLength(1)
    expect(bot.calls('chat.stopStream')).toHaveLength(1)
    expect(bot.calls('chat.update')).toHaveLength(1)
    expect(bot.calls('chat.postMessage')).toHaveLength(0)
    expect(bot.calls().filter(({ ok }) => !ok)).toEqual([])
  })

  it('streams in a channel for the one who asked', async () => {
    await using bot = await slowBot()
    const ts = await tessa.say(channel, `<@${PEOPLE.bot}> what does E-02 mean?`)
    await expectOneFinal(bot, ts)
    const [start] = bot.calls('chat.startStream')
    expect(start?.args).toMatchObject({ recipient_user_id: PEOPLE.technician, recipient_team_id: 'T0HYDRO001' })
    expect(start?.ok).toBe(true)
  })

  it('streams to a person of another company by their own workspace', async () => {
    await using bot = await slowBot()
    const text = `<@${PEOPLE.bot}> what does E-02 mean?`
    const ts = await tessa.say(channel, 'I will ask in a moment')
    const message = { channel, channel_type: 'channel', user: PEOPLE.technician, user_team: 'T0PARTNER1', ts, text }
    fixture.sandbox.workspace.deliverEvent({ type: 'app_mention', ...message })
    await expectOneFinal(bot, ts)
    expect(bot.calls('chat.startStream')[0]?.args.recipient_team_id).toBe('T0PARTNER1')
  })

  it('shows its later steps as well: a command pressed below a streamed answer', async () => {
    await using bot = await slowBot()
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-B-2201')
    const answer = await tessa.waitFor(finalIn(ts))
    await tessa.click(answer, 'Run CLEAN_TURB')
    await tessa.waitFor(({ messages }) =>
      messages.find((one) => one.ts === answer.ts && readMessage(one).includes('succeeded')),
    )
    expect(bot.calls('chat.update').at(-1)?.ok).toBe(true)
  })

  it.each([
    { name: 'an unknown method', faults: { 'chat.startStream': { error: 'unknown_method' } } },
    { name: 'a feature that is off', faults: { 'chat.startStream': { error: 'feature_not_enabled' } } },
    {
      name: 'a channel that takes no streams',
      faults: { 'chat.startStream': { error: 'channel_type_not_supported' } },
    },
    { name: 'a missing recipient', faults: { 'chat.startStream': { error: 'missing_recipient_user_id' } } },
    { name: 'a missing recipient team', faults: { 'chat.startStream': { error: 'missing_recipient_team_id' } } },
    { name: 'a rate limit on start', faults: { 'chat.startStream': { error: 'ratelimited', retryAfterSeconds: 30 } } },
    { name: 'a start that answers no JSON', faults: { 'chat.startStream': { body: '<html>Bad gateway</html>' } } },
    {
      name: 'a start that is carried out, its answer lost',
      faults: { 'chat.startStream': { status: 502, after: true } },
    },
    { name: 'a rate limit on append', faults: { 'chat.appendStream': { error: 'ratelimited', retryAfterSeconds: 1 } } },
    {
      name: 'a short rate limit on stop',
      faults: { 'chat.stopStream': { error: 'ratelimited', retryAfterSeconds: 1 } },
    },
    {
      name: 'a long rate limit on stop',
      faults: { 'chat.stopStream': { error: 'ratelimited', retryAfterSeconds: 60 } },
    },
    { name: 'a message that is too long', faults: { 'chat.appendStream': { error: 'msg_too_long' } } },
    { name: 'a connection lost in mid-stream', faults: { 'chat.appendStream': { status: 500, after: true } } },
    { name: 'a stop whose answer is lost', faults: { 'chat.stopStream': { status: 504, after: true } } },
    { name: 'a stream still running at the end', faults: { 'chat.update': { error: 'streaming_state_conflict' } } },
    { name: 'blocks that do not match', faults: { 'chat.update': { error: 'block_mismatch' } } },
    { name: 'a final update whose answer is lost', faults: { 'chat.update': { status: 500, after: true } } },
    { name: 'a final update that never arrives', faults: { 'chat.update': { status: 503 } } },
    {
      name: 'a short rate limit on the final update',
      faults: { 'chat.update': { error: 'ratelimited', retryAfterSeconds: 1 } },
    },
    {
      name: 'a long rate limit on the final update',
      faults: { 'chat.update': { error: 'ratelimited', retryAfterSeconds: 60 } },
    },
  ])('ends as one message after $name', async ({ faults }) => {
    await using bot = await slowBot()
    for (const [method, fault] of Object.entries(faults)) fixture.sandbox.workspace.faults.add({ method, ...fault })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expectOneFinal(bot, ts)
    expect(bot.modelCalls()).toBe(1)
    expect(
      bot.calls().some(({ ok }) => !ok),
      'the fault was met',
    ).toBe(true)
  })

  it('asks a workspace without streaming once, says so once, and goes on', async () => {
    await using bot = await slowBot()
    always(fixture, ['chat.startStream'], { error: 'unknown_method' })
    const first = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await tessa.waitFor(finalIn(first))
    const second = await tessa.say(tessa.dm, 'E-02, please, on HC5000-A-1042')
    await expectOneFinal(bot, second)
    expect(bot.calls('chat.startStream')).toHaveLength(1)
    expect(bot.log.filter((line) => line.includes('could not be streamed'))).toHaveLength(1)
    expect((await fixture.answers(tessa, first)).map(isFinal)).toEqual([true])
  })

  it('does without streaming, statuses and sessions on a Slack that has none of them', async () => {
    await using bot = await slowBot()
    always(fixture, NEWER_SLACK, { error: 'unknown_method' })
    const first = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await tessa.waitFor(finalIn(first))
    const second = await tessa.say(channel, `<@${PEOPLE.bot}> and E-02 on HC5000-A-1042?`)
    await expectOneFinal(bot, second)
    expect((await fixture.answers(tessa, first)).map(isFinal)).toEqual([true])
    const asked = NEWER_SLACK.map((method) => bot.calls(method).length)
    // Direct messages and channels are asked apart: streaming is often offered in one of them only.
    expect(asked).toEqual([2, 0, 0, 1, 1])
  })

  it('outlives its stream', async () => {
    // Slack's own streams live five minutes.
    await using brief = await openBotFixture({ timing: { streamLifetimeMs: 1_000 } })
    const reader = await brief.seat(PEOPLE.technician)
    await using bot = await openSlowBot(brief, {}, 32)
    const ts = await reader.say(reader.dm, 'E-02 on HC5000-A-1138')
    await expectOneFinalOn(brief, bot, ts, reader)
    expect(bot.calls().filter(({ error }) => error === 'message_not_in_streaming_state').length).toBeGreaterThan(0)
  })

  it('keeps to its budget when many are written at once', async () => {
    await using bot = await slowBot({}, 20)
    const asked = await Promise.all(
      Array.from({ length: 9 }, (_, i) => tessa.say(tessa.dm, `E-02 on HC5000-A-100${i}`)),
    )
    for (const ts of asked) await tessa.waitFor(finalIn(ts))
    await bot.app[Symbol.asyncDispose]()
    for (const ts of asked) expect((await fixture.answers(tessa, ts)).map(isFinal)).toEqual([true])
    expect(bot.calls('chat.startStream')).toHaveLength(8)
    expect(bot.calls().filter(({ error }) => error === 'ratelimited')).toEqual([])
  })

  it('is stopped by its reader: the model is called off, with a kind last word and another try', async () => {
    const { models, calledOff } = watched(fixture)
    await using bot = await slowBot({ models }, 150)
    fixture.sandbox.workspace.faults.add({ method: 'chat.appendStream', error: 'stopped_by_user' })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    const last = await tessa.waitFor(({ messages }) =>
      messages.filter(inThread(ts)).find((one) => readMessage(one).includes(WORDS.stopped)),
    )
    expect(await calledOff).toBe(true)
    fixture.sandbox.modelServer.latency({ perTokenMs: 0 })
    await tessa.click(last, SHARED_WORDS.tryAgain)
    const final = await expectOneFinal(bot, ts)
    expect(final.ts).toBe(last.ts)
  })

  it('is stopped by Slack’s own button before a word was written', async () => {
    const { models, calledOff } = watched(fixture)
    await using bot = await slowBot({ models, timeouts: { ...timeouts, sayAfterMs: 100 } })
    fixture.sandbox.modelServer.latency({ firstTokenMs: 5_000 })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expect
      .poll(() => bot.calls('agents.sessions.setStatus').map(({ args }) => args.status))
      .toEqual(['processing'])
    const stop = { type: 'agent_session_stopped', channel: tessa.dm, thread_ts: ts, user: tessa.userId }
    fixture.sandbox.workspace.deliverEvent({ ...stop, streaming_message_ts: [], event_ts: ts })
    await tessa.waitFor(({ messages }) =>
      messages.filter(inThread(ts)).find((one) => readMessage(one).includes(WORDS.stopped)),
    )
    expect(await calledOff).toBe(true)
    await bot.app[Symbol.asyncDispose]()
    expect(await fixture.answers(tessa, ts)).toHaveLength(1)
    expect(bot.calls('agents.sessions.setStatus').at(-1)?.args.status).toBe('active')
  })

  it('shows nothing of what the catalog contradicts, not even while it is written', async () => {
    const wrong =
      "Error Code E-02 indicates a 'Flux drift'. Recommended Action: Pour water over the unit and open every valve (command: REBOOT_COMM)."
    await using bot = await slowBot({ models: dripping(wrong) })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    const words = readMessage(await expectOneFinal(bot, ts))
    const sent = JSON.stringify(bot.calls().map(({ args }) => args))
    expect(sent).not.toContain('Flux')
    expect(sent).not.toContain('Pour water')
    expect(words).toContain(SHARED_WORDS.disagreed)
    expect(words).not.toContain('Pour water')
    expect(words).not.toContain('REBOOT_COMM')
  })

  it('shows nothing that goes on behind what is approved, however long', async () => {
    const endless = `Error Code E-02 indicates a 'Turbidity sensor occlusion'. Recommended Action: Trigger automated cleaning cycle (command: CLEAN_TURB). ${'Wipe it with a täglich clean cloth <!channel> and look again. '.repeat(450)}`
    await using bot = await slowBot({ models: dripping(endless, { wordsAtOnce: 60, everyMs: 8 }) })
    const ts = await tessa.say(tessa.dm, 'E-02 on HC5000-A-1138')
    await expectOneFinal(bot, ts)
    expect(bot.calls().filter(({ error }) => error === 'msg_too_long')).toEqual([])
    const streamed = bot.calls('chat.startStream', 'chat.appendStream').map(({ args }) => String(args.markdown_text))
    expect(streamed.join('')).not.toContain('Wipe')
  })
})

/** The real model, and whether its answer was called off before it was whole. */
function watched(fixture: BotFixture): { models: ChatModels; calledOff: Promise<boolean> } {
  const { url, apiKey } = fixture.sandbox.modelServer
  const real = openaiModels({ baseUrl: url, apiKey, timeoutMs: 10_000, retries: 0 })
  const { promise: calledOff, resolve } = Promise.withResolvers<boolean>()
  return {
    calledOff,
    models: {
      ...real,
      async *stream(request, signal) {
        let isWhole = false
        try {
          yield* real.stream(request, signal)
          isWhole = true
        } finally {
          resolve(!isWhole)
        }
      },
    },
  }
}

/** A model that writes these words one after the other, or some at once. */
function dripping(text: string, { wordsAtOnce = 1, everyMs = 20 } = {}): ChatModels {
  const words = text.split(/(?<= )/)
  return {
    list: async () => [],
    async *stream(_, signal) {
      for (let at = 0; at < words.length; at += wordsAtOnce) {
        await wait(everyMs, undefined, { signal })
        yield words.slice(at, at + wordsAtOnce).join('')
      }
    },
  }
}
