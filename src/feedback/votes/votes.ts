import { enqueue, type OutboxJob } from '../../outbox/outbox-records.ts'
import type { Store } from '../../store/open.ts'
import { AnswerMissingError, EventTimeError } from '../errors.ts'
import type { Person } from '../person.ts'
import {
  holdAnswer,
  listVoteEvents,
  type VoteEvent,
  type VoteEventRow,
  writeLogVote,
  writeVoteEvent,
} from './vote-records.ts'

declare module '../../outbox/topics.ts' {
  interface OutboxTopics {
    /** An answer whose count of votes is out of date. */
    votes: 'answer id'
  }
}

export type Vote = 1 | -1 | 0
export type VoteTally = { up: number; down: number }

/** The origin of a click on the vote buttons; reactions use `reaction:<name>`. */
export const BUTTON_ORIGIN = 'button'

/** Votes come in bursts; updating the count after each is noise. */
const COUNTED_AFTER_MS = 2_000

export type VoteOutcome = {
  /** The person's vote after this event. */
  vote: Vote
  /** Whether this event changed it. */
  changed: boolean
  tally: VoteTally
}

/**
 * Records a vote by button or reaction, set or removed. Events may arrive late, twice or in any order: each origin
 * keeps its latest event, and the vote is the latest origin still set. If the vote changed, a refresh of the count is
 * enqueued in the same transaction.
 */
export async function recordVote(store: Store, event: VoteEvent, now: number): Promise<VoteOutcome> {
  const eventTs = sortableTime(event.eventTs)
  return store.transaction().execute(async (transaction) => {
    if (!(await holdAnswer(transaction, event.answerId))) throw new AnswerMissingError(event.answerId)
    const before = await listVoteEvents(transaction, event.answerId)
    await writeVoteEvent(transaction, { ...event, eventTs })
    const after = await listVoteEvents(transaction, event.answerId)
    const vote = voteOf(after, event.voter)
    const changed = vote !== voteOf(before, event.voter)
    if (changed && event.isShared) await enqueueVoteCount(transaction, event.answerId, now)
    return { vote, changed, tally: tallyOf(after) }
  })
}

function enqueueVoteCount(store: Store, answerId: string, now: number): Promise<OutboxJob> {
  const dueAt = new Date(now + COUNTED_AFTER_MS)
  return enqueue(store, { topic: 'votes', key: answerId, runAt: dueAt, coalesce: true }, new Date(now))
}

/** Records a vote on a log line's category: a person's latest click counts. */
export async function recordLogVote(
  store: Store,
  { eventTs, ...vote }: { id: string; value: 1 | -1; eventTs: string },
): Promise<void> {
  await writeLogVote(store, { ...vote, eventTs: sortableTime(eventTs) })
}

/** The votes on an answer so far. */
export async function readTally(store: Store, answerId: string): Promise<VoteTally> {
  return tallyOf(await listVoteEvents(store, answerId))
}

function voteOf(marks: readonly VoteEventRow[], { user, team }: Person): Vote {
  return newestSet(marks.filter(({ voter, voter_team }) => voter === user && voter_team === team))
}

/** One vote per person, whatever its origins. */
export function tallyOf(marks: readonly VoteEventRow[]): VoteTally {
  const byVoter = Map.groupBy(marks, ({ voter, voter_team }) => JSON.stringify([voter_team, voter]))
  const votes = [...byVoter.values()].map(newestSet)
  return { up: votes.filter((vote) => vote > 0).length, down: votes.filter((vote) => vote < 0).length }
}

/** Two events of one moment are ordered by name, so that all readers agree. */
function newestSet(marks: readonly VoteEventRow[]): Vote {
  const [newest] = marks
    .filter(({ is_set }) => is_set === 1)
    .sort((a, b) => (`${a.event_ts} ${a.origin}` < `${b.event_ts} ${b.origin}` ? 1 : -1))
  return newest?.value ?? 0
}

/** Slack's times sort as text once all have the same number of digits. */
function sortableTime(eventTs: string): string {
  const [, seconds, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(eventTs) ?? []
  if (seconds === undefined) throw new EventTimeError(eventTs)
  return `${seconds.padStart(12, '0')}.${fraction.padEnd(6, '0')}`
}

/** Emoji that count as votes beside Slack's thumbs. */
export type ExtraReactions = { up: readonly string[]; down: readonly string[] }

const ALIASES = new Map([
  ['thumbsup', '+1'],
  ['thumbsdown', '-1'],
])
const SKIN_TONE = /(::skin-tone-[2-6])$/

/** The value of Slack's own thumbs, under any of their names; null for others. */
export function valueOfReaction(emoji: string): 1 | -1 | null {
  const name = ALIASES.get(emoji) ?? emoji
  return name === '+1' ? 1 : name === '-1' ? -1 : null
}

/** The vote for an emoji's name, skin tones included; null when it's none. */
export function parseReaction(name: string, extra: ExtraReactions): { origin: string; value: 1 | -1 } | null {
  const [plain = '', tone = ''] = name.split(SKIN_TONE)
  const emoji = ALIASES.get(plain) ?? plain
  const value = valueOfReaction(emoji) ?? (extra.up.includes(emoji) ? 1 : extra.down.includes(emoji) ? -1 : null)
  return value && { origin: `reaction:${emoji}${tone}`, value }
}
