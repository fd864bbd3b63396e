import type { ListRange } from '../lib/paging.ts'
import type { Store } from '../store/open.ts'
import type { Person } from './person.ts'
import type { CorrectionRow } from './records.ts'

/** One person's corrections, the newest first. */
export async function listOwnCorrections(
  store: Store,
  author: Person,
  { size, after }: ListRange,
): Promise<CorrectionRow[]> {
  return store
    .selectFrom('corrections')
    .selectAll()
    .where('author', '=', author.user)
    .where('author_team', '=', author.team)
    .$if(after !== null, (query) =>
      query.where((where) =>
        where.or([
          where('created_at', '<', after?.at ?? 0),
          where.and([where('created_at', '=', after?.at ?? 0), where('id', '<', after?.id ?? '')]),
        ]),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(size)
    .execute()
}

export type CodeVotes = { code: string; up: number; down: number }

/**
 * The votes given within a stretch of time, for each code that was answered: one a person and answer, the newest mark
 * that is still set. An answer for several codes was judged for each of them.
 */
export async function countVotesByCode(
  store: Store,
  { since, until }: { since: number; until: number },
): Promise<CodeVotes[]> {
  const timeOf = (millis: number) => `${String(Math.floor(millis / 1_000)).padStart(12, '0')}.000000`
  const rows = await store
    .selectFrom('vote_marks as mark')
    .innerJoin('findings as finding', 'finding.answer_id', 'mark.answer_id')
    .select(['finding.code', 'mark.value', ({ fn }) => fn.countAll<number>().as('count')])
    .where('mark.is_set', '=', 1)
    .where('mark.event_ts', '>=', timeOf(since))
    .where('mark.event_ts', '<', timeOf(until))
    .where('finding.code', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('vote_marks as newer')
            .select('newer.mark')
            .whereRef('newer.answer_id', '=', 'mark.answer_id')
            .whereRef('newer.voter_team', '=', 'mark.voter_team')
            .whereRef('newer.voter', '=', 'mark.voter')
            .where('newer.is_set', '=', 1)
            .where(({ eb, or, and, ref }) =>
              or([
                eb('newer.event_ts', '>', ref('mark.event_ts')),
                and([eb('newer.event_ts', '=', ref('mark.event_ts')), eb('newer.mark', '>', ref('mark.mark'))]),
              ]),
            ),
        ),
      ),
    )
    .groupBy(['finding.code', 'mark.value'])
    .orderBy('finding.code')
    .execute()
  const byCode = Map.groupBy(rows, ({ code }) => code ?? '')
  return [...byCode].map(([code, votes]) => {
    const count = (value: 1 | -1) => votes.find((one) => one.value === value)?.count ?? 0
    return { code, up: count(1), down: count(-1) }
  })
}

/** How many rows an export holds for each code. */
export async function countExportedCodes(store: Store, exportId: string): Promise<{ code: string; count: number }[]> {
  return store
    .selectFrom('export_rows')
    .innerJoin('corrections', 'corrections.id', 'export_rows.correction_id')
    .select(['corrections.code', ({ fn }) => fn.countAll<number>().as('count')])
    .where('export_rows.export_id', '=', exportId)
    .groupBy('corrections.code')
    .orderBy('corrections.code')
    .execute()
}
