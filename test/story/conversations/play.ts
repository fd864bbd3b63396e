import { recordStatus } from '../../../src/commands/devices/device-records.ts'
import type { Message } from '../../../src/sandbox/page/contract.ts'
import { PEOPLE } from '../../../src/sandbox/workspace/state/seed.ts'
import type { Seat } from '../../support/seat.ts'
import { textIn } from '../../support/seat-reading.ts'
import type { Bot, BotFixture } from '../support/bot-fixture.ts'
import type { Conversation } from './case.ts'
import { faultsOf, type Shown, unsafeButtons } from './judge.ts'

/** What came of one conversation: its faults, one line a message that was wrong. */
export type Played = { conversation: Conversation; faults: string[]; unsafe: number; intrusions: number }

const SEATS = { alice: PEOPLE.technician, bob: PEOPLE.secondTechnician, eve: PEOPLE.operator } as const
type Who = keyof typeof SEATS

/** The devices of the conversations' world, online. */
export async function connectDevices({ app }: Bot, conversations: readonly Conversation[]): Promise<void> {
  const named = JSON.stringify(conversations).match(/HC5000-[A-Z]-\d{4}/g) ?? []
  const now = new Date()
  for (const device of new Set([...named, 'HC5000-M-2051', 'HC5000-P-2051']))
    await recordStatus(app.core.store, { device, online: true, at: now, firmware: null, retained: false }, now)
}

/** Plays a conversation message by message; each waits for the reply to the one before. */
export async function play(
  { fixture, bot, seats }: { fixture: BotFixture; bot: Bot; seats: Readonly<Record<Who, Seat>> },
  conversation: Conversation,
): Promise<Played> {
  const { catalog, store } = bot.app.core
  const played: Played = { conversation, faults: [], unsafe: 0, intrusions: 0 }
  let thread: string | null = null
  for (const { by, place, mention, text, expect } of conversation.messages) {
    const seat = seats[by]
    const channel = place === 'dm' ? seat.dm : fixture.sandbox.workspace.channels.fieldSupport
    const written = text.replace(/@(alice|bob|eve)\b/g, (_, name: Who) => `<@${SEATS[name]}>`)
    const ts = await seat.say(
      channel,
      mention ? `<@${PEOPLE.bot}> ${written}` : written,
      thread ? { threadTs: thread } : {},
    )
    thread ??= ts
    await fixture.sandbox.workspace.settled()
    // What is meant for us is stored before it's acknowledged; all else leaves no trace.
    const claimed = await store.selectFrom('questions').select('id').where('ts', '=', ts).executeTakeFirst()
    const reply = claimed ? await replyAfter(seat, thread, ts) : null
    const shown = reply && shownIn(reply)
    const faults = faultsOf(shown, expect, text, catalog)
    if (faults.length > 0) played.faults.push(`"${text}": ${faults.join('; ')}`)
    played.unsafe += shown ? unsafeButtons(shown, expect, catalog).length : 0
    played.intrusions += expect.answers === false && claimed ? 1 : 0
  }
  return played
}

function replyAfter(seat: Seat, thread: string, ts: string): Promise<Message> {
  const isReply = (one: Message) => one.userId === PEOPLE.bot && one.threadTs === thread && one.ts > ts
  return seat.waitFor(({ messages }) => messages.find((one) => isReply(one) && !one.isStreaming), { what: 'a reply' })
}

function shownIn(message: Message): Shown {
  const isButtons = ({ type }: { type: string }) => type === 'actions' || type === 'context_actions'
  const elements = message.blocks.filter(({ type }) => type === 'actions').flatMap(({ elements }) => elements ?? [])
  const words = textIn(message.blocks.filter((block) => !isButtons(block)))
  return {
    words: words || [message.text, message.markdown ?? ''].join(' '),
    buttons: [elements].flat().map((element) => JSON.stringify(element)),
  }
}
