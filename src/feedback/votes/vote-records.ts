import { type Selectable, type SqlBool, sql } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { VoteEventsTable } from '../../store/tables.ts'
import type { Person } from '../person.ts'

export type VoteEventRow = Pick<
  Selectable<VoteEventsTable>,
  'voter' | 'voter_team' | 'origin' | 'value' | 'is_set' | 'event_ts'
>

/**
 * For queries with `vote` as alias: counts one vote per person and answer, the latest that is still set, in the order
 * used everywhere.
 */
export function isNewestVote() {
  return sql<SqlBool>`not exists (
    select 1 from vote_events as newer
    where newer.answer_id = vote.answer_id and newer.voter_team = vote.voter_team and newer.voter = vote.voter
      and newer.is_set = 1
      and (newer.event_ts > vote.event_ts or (newer.event_ts = vote.event_ts and newer.origin > vote.origin))
  )`
}

/** Whether the answer exists; nobody else votes on it until the transaction ends. */
export async function holdAnswer(transaction: Store, id: string): Promise<boolean> {
  const row = await transaction
    .updateTable('answers')
    .set(({ ref }) => ({ channel: ref('channel') }))
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export function listVoteEvents(store: Store, answerId: string): Promise<VoteEventRow[]> {
  return store
    .selectFrom('vote_events')
    .select(['voter', 'voter_team', 'origin', 'value', 'is_set', 'event_ts'])
    .where('answer_id', '=', answerId)
    .execute()
}

/** Stores the latest event of an origin. Of two at the same moment the value decides, whichever arrives first. */
export async function writeVoteEvent(store: Store, event: Omit<VoteEvent, 'isShared'>): Promise<void> {
  await store
    .insertInto('vote_events')
    .values({
      answer_id: event.answerId,
      voter_team: event.voter.team,
      voter: event.voter.user,
      origin: event.origin,
      value: event.value,
      is_set: event.isSet ? 1 : 0,
      event_ts: event.eventTs,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['answer_id', 'voter_team', 'voter', 'origin'])
        .doUpdateSet(({ ref }) => ({
          value: ref('excluded.value'),
          is_set: ref('excluded.is_set'),
          event_ts: ref('excluded.event_ts'),
        }))
        .where((where) => {
          const isSameTime = where('excluded.event_ts', '=', where.ref('vote_events.event_ts'))
          return where.or([
            where('excluded.event_ts', '>', where.ref('vote_events.event_ts')),
            where.and([isSameTime, where('excluded.is_set', '>', where.ref('vote_events.is_set'))]),
            where.and([
              isSameTime,
              where('excluded.is_set', '=', where.ref('vote_events.is_set')),
              where('excluded.value', '>', where.ref('vote_events.value')),
            ]),
          ])
        }),
    )
    .execute()
}

/** Stores the latest vote on a log line; of two at the same moment the negative one. */
export async function writeLogVote(
  store: Store,
  { id, value, eventTs }: { id: string; value: 1 | -1; eventTs: string },
): Promise<void> {
  await store
    .updateTable('log_lines')
    .set({ vote: value, voted_ts: eventTs })
    .where('id', '=', id)
    .where((where) =>
      where.or([
        where('voted_ts', 'is', null),
        where('voted_ts', '<', eventTs),
        where.and([where('voted_ts', '=', eventTs), where('vote', '>', value)]),
      ]),
    )
    .execute()
}

export type VoteEvent = {
  answerId: string
  voter: Person
  /** {@link BUTTON_ORIGIN}, or what {@link parseReaction} gives. */
  origin: string
  value: 1 | -1
  /** False when a reaction was removed. */
  isSet: boolean
  /** Slack's time of the event, such as `1764000000.000100`. */
  eventTs: string
  /** Whether the count is shown on the answer, where others see it too. */
  isShared: boolean
}
