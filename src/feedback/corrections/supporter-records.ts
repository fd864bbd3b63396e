import type { Insertable, Selectable } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { CorrectionSupportersTable } from '../../store/tables.ts'
import { type Person, SYSTEM_USER } from '../person.ts'
import type { CorrectionRow } from './correction-row.ts'

/** A proposal of something that was proposed before. */
export type Support = Selectable<CorrectionSupportersTable>

/** A proposal as stored with the correction that says the same. */
export function supportOf(row: CorrectionRow, into: string): Insertable<CorrectionSupportersTable> {
  const { author, author_team, answer_id, note, consent, original_text, model, catalog_version, created_at } = row
  const about = { note, consent, original_text, model, catalog_version }
  const by = { supporter: author, supporter_team: author_team, answer_id: answer_id ?? '' }
  return { correction_id: into, ...by, ...about, merged_from: null, at: created_at }
}

/** Stores proposals; a person's about the same answer counts once. Returns how many were new. */
export async function addSupport(store: Store, backings: readonly Insertable<CorrectionSupportersTable>[]) {
  if (backings.length === 0) return 0
  const { numInsertedOrUpdatedRows = 0n } = await store
    .insertInto('correction_supporters')
    .values([...backings])
    .onConflict((conflict) => conflict.columns(['correction_id', 'supporter', 'answer_id']).doNothing())
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows)
}

/** All proposals after the first, oldest first. */
export function listSupport(store: Store, id: string): Promise<Support[]> {
  return store
    .selectFrom('correction_supporters')
    .selectAll()
    .where('correction_id', '=', id)
    .orderBy('at')
    .orderBy('supporter')
    .orderBy('answer_id')
    .execute()
}

/** Notes for the reviewer from later proposers, oldest first. */
export async function listNotes(store: Store, id: string): Promise<{ by: string; note: string }[]> {
  const backings = await listSupport(store, id)
  return backings.flatMap(({ supporter, note }) => (note ? [{ by: supporter, note }] : []))
}

/** Proposals that moved to other corrections with this one, when it was closed as their duplicate. */
export function listMergedFrom(store: Store, id: string): Promise<Support[]> {
  return store
    .selectFrom('correction_supporters')
    .selectAll()
    .where('merged_from', '=', id)
    .orderBy('correction_id')
    .execute()
}

export async function removeSupport(store: Store, backings: readonly Support[]): Promise<void> {
  for (const { correction_id, supporter, answer_id } of backings)
    await store
      .deleteFrom('correction_supporters')
      .where('correction_id', '=', correction_id)
      .where('supporter', '=', supporter)
      .where('answer_id', '=', answer_id)
      .execute()
}

/** Everybody who proposed it after its author, in order; each person once. */
export async function listSupporters(store: Store, id: string): Promise<Person[]> {
  const people = new Map<string, Person>()
  for (const { supporter: user, supporter_team: team } of await listSupport(store, id))
    if (!people.has(user)) people.set(user, { user, team })
  return [...people.values()]
}

/** The steps that end an author's ownership: nobody is left, or it goes on in another person's name. */
export const WITHDRAWALS = ['withdrawn', 'author_withdrawn'] as const

/** The steps that make a correction somebody's own, or end that: they may never review it. */
const OWN_STEPS = ['proposed', 'proposed_again', 'backing_withdrawn', 'author_withdrawn']

/** User ids of all who ever proposed it. */
export async function listInvolved(store: Store, id: string): Promise<string[]> {
  const rows = await store
    .selectFrom('correction_supporters')
    .select('supporter as user')
    .where('correction_id', '=', id)
    .union((query) =>
      query
        .selectFrom('correction_steps')
        .select('actor as user')
        .where('correction_id', '=', id)
        .where('step', 'in', OWN_STEPS),
    )
    .execute()
  return rows.map(({ user }) => user)
}

/** Which of these corrections a person ever proposed. */
export async function listInvolving(store: Store, user: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await store
    .selectFrom('correction_supporters')
    .select('correction_id as id')
    .where('correction_id', 'in', ids)
    .where('supporter', '=', user)
    .union((query) =>
      query
        .selectFrom('correction_steps')
        .select('correction_id as id')
        .where('correction_id', 'in', ids)
        .where('actor', '=', user)
        .where('step', 'in', OWN_STEPS),
    )
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Who is told the outcome: its author, and everybody who proposed the same. Never the system user. */
export async function listProposers(
  store: Store,
  { id, author, author_team }: Pick<CorrectionRow, 'id' | 'author' | 'author_team'>,
): Promise<Person[]> {
  const backers = (await listSupporters(store, id)).filter(({ user }) => user !== author)
  return [{ user: author, team: author_team }, ...backers].filter(({ user }) => user !== SYSTEM_USER.user)
}
