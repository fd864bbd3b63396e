import type { Selectable } from 'kysely'
import type { Store } from '../store/open.ts'
import type { VoteMarksTable } from '../store/tables.ts'
import type { MarkEvent } from './votes.ts'

export type MarkRow = Pick<
  Selectable<VoteMarksTable>,
  'voter' | 'voter_team' | 'mark' | 'value' | 'is_set' | 'event_ts'
>

export async function hasAnswer(store: Store, id: string): Promise<boolean> {
  return (await store.selectFrom('answers').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

export function listMarks(store: Store, answerId: string): Promise<MarkRow[]> {
  return store
    .selectFrom('vote_marks')
    .select(['voter', 'voter_team', 'mark', 'value', 'is_set', 'event_ts'])
    .where('answer_id', '=', answerId)
    .execute()
}

/** Keeps a mark's newest event. Of two at the same moment one wins by what it says, whichever comes first. */
export async function writeMark(store: Store, event: MarkEvent): Promise<void> {
  await store
    .insertInto('vote_marks')
    .values({
      answer_id: event.answerId,
      voter_team: event.voter.team,
      voter: event.voter.user,
      mark: event.mark,
      value: event.value,
      is_set: event.isSet ? 1 : 0,
      event_ts: event.eventTs,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['answer_id', 'voter_team', 'voter', 'mark'])
        .doUpdateSet(({ ref }) => ({
          value: ref('excluded.value'),
          is_set: ref('excluded.is_set'),
          event_ts: ref('excluded.event_ts'),
        }))
        .where((where) => {
          const isSameTime = where('excluded.event_ts', '=', where.ref('vote_marks.event_ts'))
          return where.or([
            where('excluded.event_ts', '>', where.ref('vote_marks.event_ts')),
            where.and([isSameTime, where('excluded.is_set', '>', where.ref('vote_marks.is_set'))]),
            where.and([
              isSameTime,
              where('excluded.is_set', '=', where.ref('vote_marks.is_set')),
              where('excluded.value', '>', where.ref('vote_marks.value')),
            ]),
          ])
        }),
    )
    .execute()
}
