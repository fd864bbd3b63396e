import pLimit from 'p-limit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE } from '../../src/sandbox/workspace/state/seed.ts'
import type { Seat } from '../support/seat.ts'
import { readConversations } from './conversations/case.ts'
import { connectDevices, type Played, play } from './conversations/play.ts'
import { recordedModels } from './conversations/recorded-models.ts'
import { type BotFixture, openBotFixture } from './support/bot-fixture.ts'

/** Another file of the same form, and other recorded words, can be tried: `CONVERSATIONS=FILE WORDS=FILE:COLUMN`. */
const file = process.env.CONVERSATIONS ?? new URL('./conversations/conversations.jsonl', import.meta.url)
const conversations = readConversations(file)
const words = process.env.WORDS

const RIGHT = 0.95

describe('conversations as people have them', () => {
  let fixture: BotFixture
  let seats: { alice: Seat; bob: Seat; eve: Seat }

  beforeAll(async () => {
    fixture = await openBotFixture({ rateLimits: false })
    const [alice, bob, eve] = await Promise.all(
      [PEOPLE.technician, PEOPLE.secondTechnician, PEOPLE.operator].map(fixture.seat),
    )
    seats = { alice: alice ?? expect.fail(), bob: bob ?? expect.fail(), eve: eve ?? expect.fail() }
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  it.each([
    ['the trained model of the sandbox', null],
    ['a model that rambles', 'rambling'],
    ['a model that gives another code’s statement', 'astray'],
    ...(words ? [['recorded words', words] as const] : []),
  ] as const)('come out right with %s, no button unsafe, and silent where nobody asked', async (_, recorded) => {
    await using bot = await fixture.bot(recorded ? { models: recordedModels(recorded) } : {})
    await connectDevices(bot, conversations)
    const limit = pLimit(4)
    const played = await Promise.all(conversations.map((one) => limit(() => play({ fixture, bot, seats }, one))))
    const right = played.filter(({ faults }) => faults.length === 0)
    console.log(report(played))
    expect(
      played.reduce((sum, { unsafe }) => sum + unsafe, 0),
      'unsafe buttons',
    ).toBe(0)
    expect(
      played.reduce((sum, { intrusions }) => sum + intrusions, 0),
      'words where nobody asked',
    ).toBe(0)
    expect(right.length / played.length).toBeGreaterThanOrEqual(RIGHT)
  })
})

/** How many are right per kind, and what was wrong with the others. */
function report(played: readonly Played[]): string {
  const byKind = Object.groupBy(played, ({ conversation }) => conversation.kind)
  const counts = Object.entries(byKind).map(([kind, all = []]) => {
    return `${kind} ${all.filter(({ faults }) => faults.length === 0).length}/${all.length}`
  })
  const wrong = played.flatMap(({ conversation, faults }) => faults.map((fault) => `  ${conversation.id}: ${fault}`))
  return [`right by kind: ${counts.join(', ')}`, ...wrong].join('\n')
}
