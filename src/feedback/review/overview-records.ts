import type { CursorRange } from '../../lib/paging.ts'
import { beyond } from '../../store/keyset.ts'
import type { Store } from '../../store/open.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import type { Person } from '../person.ts'
import { isNewestVote } from '../votes/vote-records.ts'

/** One person's corrections, newest first: written by them, or proposed after somebody else. */
export async function listOwnCorrections(store: Store, person: Person, range: CursorRange): Promise<CorrectionRow[]> {
  // Two lists by their own keys: asked for both at once, the databases would scan all corrections.
  const [written, backed] = await Promise.all([
    newestFirst(store, range).where('author', '=', person.user).where('author_team', '=', person.team).execute(),
    newestFirst(store, range)
      .where('id', 'in', (query) =>
        query
          .selectFrom('correction_supporters')
          .select('correction_id')
          .where('supporter', '=', person.user)
          .where('supporter_team', '=', person.team),
      )
      .execute(),
  ])
  const all = new Map([...written, ...backed].map((row) => [row.id, row]))
  return [...all.values()].sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1)).slice(0, range.size)
}

function newestFirst(store: Store, { size, after }: CursorRange) {
  return store
    .selectFrom('corrections')
    .selectAll()
    .$if(after !== null, (query) => query.where((where) => beyond(where, ['created_at', 'id'], '<', after)))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(size)
}

export type CodeVotes = { code: string; up: number; down: number }

/**
 * Votes within a period for each answered code: one per person and answer, the latest that is still set. An answer for
 * several codes was judged for each of them.
 */
export async function countVotesByCode(
  store: Store,
  { since, until }: { since: number; until: number },
): Promise<CodeVotes[]> {
  const rows = await store
    .selectFrom('vote_events as vote')
    .innerJoin('findings as finding', 'finding.answer_id', 'vote.answer_id')
    .select(['finding.code', 'vote.value', ({ fn }) => fn.countAll<number>().as('count')])
    .where('vote.is_set', '=', 1)
    .where('vote.event_ts', '>=', timeOf(since))
    .where('vote.event_ts', '<', timeOf(until))
    .where('finding.code', 'is not', null)
    .where(isNewestVote())
    .groupBy(['finding.code', 'vote.value'])
    .orderBy('finding.code')
    .execute()
  return byCode(rows)
}

/** The same for the categories of log lines. */
export async function countVotesByCategory(
  store: Store,
  { since, until }: { since: number; until: number },
): Promise<CodeVotes[]> {
  const rows = await store
    .selectFrom('log_lines')
    .select(['category', 'vote', ({ fn }) => fn.countAll<number>().as('count')])
    .where('voted_ts', '>=', timeOf(since))
    .where('voted_ts', '<', timeOf(until))
    .where('category', 'is not', null)
    .groupBy(['category', 'vote'])
    .orderBy('category')
    .execute()
  return byCode(rows.map(({ category, vote, count }) => ({ code: category, value: vote, count })))
}

/** Slack's time to the millisecond, so that a vote given a moment ago counts. */
function timeOf(millis: number): string {
  const [seconds = '', fraction = ''] = (millis / 1_000).toFixed(6).split('.')
  return `${seconds.padStart(12, '0')}.${fraction}`
}

function byCode(rows: readonly { code: string | null; value: 1 | -1 | null; count: number }[]): CodeVotes[] {
  return [...Map.groupBy(rows, ({ code }) => code ?? '')].map(([code, votes]) => {
    const count = (value: 1 | -1) => votes.find((one) => one.value === value)?.count ?? 0
    return { code, up: count(1), down: count(-1) }
  })
}

/** Rows per code in an export. */
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
