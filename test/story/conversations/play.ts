import { connectAsync } from 'mqtt'
import pLimit from 'p-limit'
import { vi } from 'vitest'
import { listDeviceIds } from '../../../src/commands/devices/device-records.ts'
import type { Snapshot } from '../../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import type { Seat } from '../../support/seat.ts'
import { startTestApp, type TestApp } from '../../support/test-app.ts'
import { type Conversation, devicesIn, type Turn } from './conversation.ts'
import { type Judgement, judge } from './judge.ts'
import type { ServedModel } from './model-server.ts'
import { type Reply, readReply } from './reply.ts'

export type PlayedTurn = { turn: Turn; reply: Reply | null; judgement: Judgement }
export type Played = { conversation: Conversation; turns: readonly PlayedTurn[] }

const CAST: Record<Turn['by'], string> = {
  alice: PEOPLE.technician,
  bob: PEOPLE.secondTechnician,
  eve: PEOPLE.operator,
}
/** Enough to keep the machine busy; the messages of one conversation come one after the other. */
const AT_ONCE = 8

/**
 * Plays conversations on one app, each in a thread of its own; without a model the sandbox's own answers, trained.
 * Everybody is an operator, so that the buttons do not depend on who asks.
 */
export async function playConversations(
  conversations: readonly Conversation[],
  model: Pick<ServedModel, 'settings'> | null,
): Promise<Played[]> {
  await using test = await startTestApp({
    settings: { OPERATORS: Object.values(CAST).join(','), ...model?.settings },
    isTrained: model === null,
    sandbox: { rateLimits: false },
  })
  await bringOnline(test, devicesIn(conversations))
  const [alice, bob, eve] = await test.seats(CAST.alice, CAST.bob, CAST.eve)
  const limit = pLimit(AT_ONCE)
  const played = await Promise.all(
    conversations.map((conversation) => limit(() => playOne(test, { alice, bob, eve }, conversation))),
  )
  // What is still to be said is said before the app has closed: silence lasts.
  await test.app[Symbol.asyncDispose]()
  return await Promise.all(
    played.map(async ({ thread, replies, ...one }) => {
      const isLate = (await repliesIn(test, thread, thread.threadTs)).length > replies
      return isLate ? { ...one, turns: [...one.turns.slice(0, -1), ...one.turns.slice(-1).map(spokenLate)] } : one
    }),
  )
}

function spokenLate(last: PlayedTurn): PlayedTurn {
  const { judgement } = last
  return { ...last, judgement: { ...judgement, faults: [...judgement.faults, 'spoke late'], isIntrusion: true } }
}

/** Devices that the sandbox does not simulate say that they are there. */
async function bringOnline({ sandbox, app }: TestApp, devices: readonly string[]): Promise<void> {
  const client = await connectAsync(sandbox.broker.url)
  const status = JSON.stringify({ online: true, at: new Date().toISOString(), firmware: '5.4.1' })
  const options = { qos: 1, retain: true } as const
  await Promise.all(devices.map((device) => client.publishAsync(`hydrocore/${device}/status`, status, options)))
  await client.endAsync()
  await vi.waitFor(async () => {
    const known = new Set(await listDeviceIds(app.core.store))
    const missing = devices.filter((device) => !known.has(device))
    if (missing.length > 0) throw new Error(`not online: ${missing.join(', ')}`)
  }, PATIENCE)
}

/** A thread as one of those who take part sees it. */
type Thread = { reader: Seat; channel: string; threadTs: string }

async function playOne(
  test: TestApp,
  seats: Record<Turn['by'], Seat>,
  conversation: Conversation,
): Promise<Played & { thread: Thread; replies: number }> {
  const turns: PlayedTurn[] = []
  let thread: Thread | null = null
  let replies = 0
  for (const turn of conversation.messages) {
    const seat = seats[turn.by]
    const channel = turn.place === 'dm' ? seat.dm : test.sandbox.workspace.channels.fieldSupport
    const ts = await seat.say(channel, typed(turn), thread ? { threadTs: thread.threadTs } : {})
    thread ??= { reader: seat, channel, threadTs: ts }
    await handled(test, channel, ts)
    const messages = await repliesIn(test, { ...thread, reader: seat }, ts)
    replies += messages.length
    const reply = readReply(messages)
    turns.push({ turn, reply, judgement: judge(turn, reply, test.app.core.catalog) })
  }
  if (!thread) throw new Error(`${conversation.id} has no messages.`)
  return { conversation, turns, thread, replies }
}

/** As Slack's client sends it, with mentions as tokens. */
function typed({ mention, text }: Turn): string {
  const words = text.replace(/@(alice|bob|eve)\b/g, (_, name: Turn['by']) => `<@${CAST[name]}>`)
  return mention ? `<@${PEOPLE.bot}> ${words}` : words
}

/**
 * Resolves when the app is done with a message. It claims what it answers before it acknowledges the event: what is
 * acknowledged and not claimed stays without an answer.
 */
async function handled({ sandbox, app }: TestApp, channel: string, ts: string): Promise<void> {
  await sandbox.workspace.settled()
  const underWay = app.core.store
    .selectFrom('questions')
    .select('text')
    .where('channel', '=', channel)
    .where('ts', '=', ts)
    .where('state', '=', 'claimed')
  await vi.waitFor(async () => {
    const question = await underWay.executeTakeFirst()
    if (question) throw new Error(`still being answered: ${question.text}`)
  }, PATIENCE)
}

const PATIENCE = { timeout: 20_000, interval: 10 }

/** What the bot posted in a thread after a message. */
async function repliesIn({ sandbox }: TestApp, { reader, channel, threadTs }: Thread, after: string) {
  const state = await fetch(`${sandbox.workspace.url}/sandbox/state?user=${reader.userId}`)
  const { messages } = (await state.json()) as Snapshot
  return messages.filter(
    (one) => one.userId === PEOPLE.bot && one.channel === channel && one.threadTs === threadTs && one.ts > after,
  )
}
