import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AnswerMissingError, EventTimeError } from '../../../src/feedback/errors.ts'
import type { VoteEvent } from '../../../src/feedback/votes/vote-records.ts'
import {
  BUTTON_ORIGIN,
  type ExtraReactions,
  parseReaction,
  readTally,
  recordVote,
  type Vote,
} from '../../../src/feedback/votes/votes.ts'
import { listJobs } from '../../../src/outbox/outbox-records.ts'
import { describeOnDatabases, type TestDatabase } from '../../support/databases.ts'
import fc from '../../support/properties.ts'
import { addAnswer, NOON } from '../../support/rows.ts'

const ANNA = { user: 'UANNA', team: 'T1' }
const BEN = { user: 'UBEN', team: 'T1' }

/** Emoji by setting, beside the thumbs. */
const EXTRA: ExtraReactions = { up: ['white_check_mark', 'ok_hand'], down: ['x'] }
const at = (seconds: number) => `${1_764_000_000 + seconds}.000100`

describeOnDatabases('votes', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await kind.create()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  /** Plays events on a fresh answer; each says who, which mark, what and when. */
  const play = async (...events: (Omit<VoteEvent, 'answerId' | 'voter' | 'isShared'> & Partial<VoteEvent>)[]) => {
    const answer = await addAnswer(database.store)
    const outcomes = []
    for (const event of events)
      outcomes.push(
        await recordVote(database.store, { voter: ANNA, isShared: false, ...event, answerId: answer.id }, NOON),
      )
    return { answer, outcomes, tally: await readTally(database.store, answer.id) }
  }
  const button = (value: 1 | -1, seconds: number) => ({
    origin: BUTTON_ORIGIN,
    value,
    isSet: true,
    eventTs: at(seconds),
  })
  const emoji = (name: string, isSet: boolean, seconds: number) => {
    const read = parseReaction(name, EXTRA)
    if (!read) throw new Error(`${name} is no vote`)
    return { ...read, isSet, eventTs: at(seconds) }
  }

  it('counts one vote a person, the later of button and reaction', async () => {
    const { outcomes, tally } = await play(button(1, 1), emoji('thumbsdown', true, 2))
    expect(outcomes.map(({ vote }) => vote)).toEqual([1, -1])
    expect(tally).toEqual({ up: 0, down: 1 })
  })

  it('takes away only what the removed reaction set', async () => {
    const { outcomes } = await play(button(1, 1), emoji('-1', true, 2), emoji('-1', false, 3))
    expect(outcomes.map(({ vote }) => vote)).toEqual([1, -1, 1])
  })

  it('keeps one skin tone when another is taken away', async () => {
    const { outcomes } = await play(
      emoji('+1::skin-tone-2', true, 1),
      emoji('+1::skin-tone-5', true, 2),
      emoji('+1::skin-tone-5', false, 3),
      emoji('+1::skin-tone-2', false, 4),
    )
    expect(outcomes.map(({ vote }) => vote)).toEqual([1, 1, 1, 0])
  })

  it('says whether an event changed anything: a second click does not', async () => {
    const { outcomes } = await play(button(1, 1), button(1, 2), button(-1, 3), button(-1, 3))
    expect(outcomes.map(({ changed }) => changed)).toEqual([true, false, true, false])
  })

  it('ignores a late event that something newer has overtaken', async () => {
    const { outcomes, tally } = await play(emoji('+1', false, 5), emoji('+1', true, 4))
    expect(outcomes.map(({ vote }) => vote)).toEqual([0, 0])
    expect(tally).toEqual({ up: 0, down: 0 })
  })

  it('counts everybody', async () => {
    const guest = { user: 'UANNA', team: 'TOTHER' }
    const { outcomes } = await play(button(1, 1), { ...button(1, 1), voter: BEN }, { ...button(-1, 1), voter: guest })
    expect(outcomes.at(-1)).toEqual({ vote: -1, changed: true, tally: { up: 2, down: 1 } })
  })

  it('counts 20 people who vote at the same moment', async () => {
    const answer = await addAnswer(database.store)
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        recordVote(
          database.store,
          {
            ...button(i % 2 ? 1 : -1, i),
            answerId: answer.id,
            voter: { user: `U${i}`, team: 'T1' },
            isShared: true,
          },
          NOON + i,
        ),
      ),
    )
    expect(await readTally(database.store, answer.id)).toEqual({ up: 10, down: 10 })
    expect(outcomes.map(({ tally: { up, down } }) => up + down)).toContain(20)
    const shows = (await listJobs(database.store, 'votes', 10)).filter(({ key }) => key === answer.id)
    expect(shows).toHaveLength(1)
    expect(shows[0]?.runAt.getTime()).toBeLessThan(NOON + 3_000)
  })

  it('asks for the count to be shown where others see it, once for what is new', async () => {
    const shared = { ...button(1, 1), isShared: true }
    const asked = async (...events: Parameters<typeof play>) => {
      const { answer } = await play(...events)
      const outbox = await listJobs(database.store, 'votes', 100)
      return outbox.filter(({ key }) => key === answer.id).map(({ version }) => version)
    }
    expect(await asked(button(1, 1), button(-1, 2))).toEqual([])
    expect(await asked(shared)).toEqual([1])
    // A redelivery, the same thumb once more, and what something newer has overtaken are nothing new.
    const same = { ...shared, eventTs: at(2) }
    expect(await asked(shared, shared, same, { ...shared, eventTs: at(0) })).toEqual([1])
    expect(await asked(shared, { ...shared, value: -1, eventTs: at(2) })).toEqual([2])
  })

  it('follows what a person did last, in whatever order, how often and over whichever instance it is heard', async () => {
    // Two handles of one process on one SQLite file would only block each other.
    const other = kind.name === 'PostgreSQL' ? await database.open() : database.store
    const deeds = fc.array(
      fc.oneof(
        fc.record({ name: fc.constant(BUTTON_ORIGIN), value: fc.constantFrom<1 | -1>(1, -1) }),
        fc.record({
          name: fc.constantFrom(
            ...['+1', 'thumbsup', '+1::skin-tone-3', 'thumbsup::skin-tone-6', '-1', 'thumbsdown::skin-tone-2'],
            ...['white_check_mark', 'ok_hand::skin-tone-4', 'x'],
          ),
          isSet: fc.boolean(),
        }),
      ),
      { minLength: 1, maxLength: 8 },
    )
    const heard = deeds.chain((all) => {
      const order = all.map((_, index) => index)
      const twice = [...order, ...order]
      return fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(twice, { minLength: twice.length, maxLength: twice.length }),
        fc.integer({ min: 1, max: 4 }),
      )
    })
    await fc.assert(
      fc.asyncProperty(heard, async ([all, order, atOnce]) => {
        const { id: answerId } = await addAnswer(database.store)
        const events = all.map((deed, i) => ('value' in deed ? button(deed.value, i) : emoji(deed.name, deed.isSet, i)))
        for (let next = 0; next < order.length; next += atOnce)
          await Promise.all(
            order.slice(next, next + atOnce).map((index, i) => {
              const event = { ...(events[index] ?? expect.fail()), answerId, voter: ANNA, isShared: true }
              return recordVote(i % 2 ? other : database.store, event, NOON)
            }),
          )
        const vote = standingVote(events)
        expect(await readTally(database.store, answerId)).toEqual({ up: Number(vote === 1), down: Number(vote === -1) })
        // What somebody sees at the end was asked to be shown.
        const shows = database.store.selectFrom('outbox').select('id').where('key', '=', answerId)
        if (vote !== 0) expect(await shows.execute()).toHaveLength(1)
      }),
      { numRuns: kind.name === 'SQLite' ? 40 : 12 },
    )
  })

  it('ends any interleaving of one person’s events in the same state', async () => {
    const events = fc.array(
      fc.record({
        origin: fc.constantFrom(BUTTON_ORIGIN, 'reaction:+1', 'reaction:-1'),
        value: fc.constantFrom<1 | -1>(1, -1),
        isSet: fc.boolean(),
        eventTs: fc.integer({ min: 0, max: 3 }).map(at),
      }),
      { minLength: 1, maxLength: 7 },
    )
    const shuffled = events.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(shuffled, async ([inOrder, mixed]) => {
        const one = await play(...inOrder)
        const other = await play(...mixed)
        const expected = expectedVote(inOrder)
        expect(one.outcomes.at(-1)?.vote).toBe(expected)
        expect(other.outcomes.at(-1)?.vote).toBe(expected)
        expect(other.tally).toEqual({ up: expected === 1 ? 1 : 0, down: expected === -1 ? 1 : 0 })
      }),
      { numRuns: kind.name === 'SQLite' ? 60 : 8 },
    )
  })

  it('sorts times by their value, however many digits they have', async () => {
    const { outcomes } = await play(
      { ...button(1, 0), eventTs: '1764000000.1' },
      { ...button(-1, 0), eventTs: '1764000000.000900' },
      { ...button(-1, 0), eventTs: '999999999.9' },
      { ...button(-1, 0), eventTs: '1764000001' },
    )
    expect(outcomes.map(({ vote }) => vote)).toEqual([1, 1, 1, -1])
  })

  it.each(['', 'now', '1764000000.1234567', '-1', '1e9', '1764000000.0001; drop table'])(
    'refuses the event time %j',
    async (eventTs) => {
      await expect(play({ ...button(1, 0), eventTs })).rejects.toBeInstanceOf(EventTimeError)
    },
  )

  it('refuses a vote on an answer that is not ours', async () => {
    const event = { ...button(1, 1), answerId: 'ans_unknown', voter: ANNA, isShared: true }
    await expect(recordVote(database.store, event, NOON)).rejects.toBeInstanceOf(AnswerMissingError)
  })
})

/** What lies on top when each mark set is laid on the others, and each mark taken away is taken out of the pile. */
function standingVote(deeds: readonly Pick<VoteEvent, 'origin' | 'value' | 'isSet'>[]): Vote {
  const pile = new Map<string, Vote>()
  for (const { origin, value, isSet } of deeds) {
    pile.delete(origin)
    if (isSet) pile.set(origin, value)
  }
  return [...pile.values()].at(-1) ?? 0
}

/** The rule said once more, without a database: each mark's newest event; of these the newest that is set. */
function expectedVote(events: readonly Pick<VoteEvent, 'origin' | 'value' | 'isSet' | 'eventTs'>[]): Vote {
  const newest = new Map<string, (typeof events)[number]>()
  const rank = (event: (typeof events)[number]) => [event.eventTs, Number(event.isSet), event.value + 1].join(' ')
  for (const event of events) {
    const known = newest.get(event.origin)
    if (!known || rank(event) > rank(known)) newest.set(event.origin, event)
  }
  const set = [...newest.values()].filter(({ isSet }) => isSet)
  return (
    set.reduce<(typeof events)[number] | null>((best, event) => {
      if (!best) return event
      return event.eventTs > best.eventTs || (event.eventTs === best.eventTs && event.origin > best.origin)
        ? event
        : best
    }, null)?.value ?? 0
  )
}

describe('reading a reaction as a vote', () => {
  it.each([
    ['+1', { origin: 'reaction:+1', value: 1 }],
    ['thumbsup', { origin: 'reaction:+1', value: 1 }],
    ['thumbsup::skin-tone-6', { origin: 'reaction:+1::skin-tone-6', value: 1 }],
    ['-1', { origin: 'reaction:-1', value: -1 }],
    ['thumbsdown::skin-tone-2', { origin: 'reaction:-1::skin-tone-2', value: -1 }],
    ['tada', null],
    ['+1::skin-tone-9', null],
    ['constructor', null],
    ['__proto__', null],
    ['', null],
  ])('%s', (name, expected) => {
    expect(parseReaction(name, EXTRA)).toEqual(expected)
  })

  it('knows the names of the settings, with skin tones', () => {
    const extra = EXTRA
    expect(parseReaction('white_check_mark', extra)).toEqual({ origin: 'reaction:white_check_mark', value: 1 })
    expect(parseReaction('ok_hand::skin-tone-3', extra)).toEqual({ origin: 'reaction:ok_hand::skin-tone-3', value: 1 })
    expect(parseReaction('x', extra)).toEqual({ origin: 'reaction:x', value: -1 })
    expect(parseReaction('heart', extra)).toBeNull()
  })

  it('never lets an extra name turn a thumb around', () => {
    expect(parseReaction('+1', { up: [], down: ['+1'] })?.value).toBe(1)
  })
})
