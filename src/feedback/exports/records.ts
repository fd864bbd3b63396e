import { type Selectable, sql } from 'kysely'
import type { Store } from '../../store/open.ts'
import type { AnswersTable, CorrectionsTable, ExportsTable, FindingsTable } from '../../store/tables.ts'
import { WITHDRAWALS } from '../corrections/supporter-records.ts'
import type { VoteEventRow } from '../votes/vote-records.ts'

export type ExportRow = Selectable<ExportsTable>

/** The columns an export reads of a correction. */
const EXPORTED = [
  'id',
  'answer_id',
  'source',
  'kind',
  'status',
  'question',
  'code',
  'problem',
  'action',
  'command',
  'fallback',
  'reason',
  'original_text',
  'model',
  'catalog_version',
  'author',
  'consent',
  'first_approver',
  'reviewer',
  'reviewed_at',
  'superseded_by',
  'catalog_fingerprint',
] as const
export type ExportedCorrection = Pick<Selectable<CorrectionsTable>, (typeof EXPORTED)[number]>

/**
 * The next corrections by id, which is by age. Of every status: asked for some of them, both databases would rather
 * sort all of those for each page than follow the key.
 */
export function listByAge(
  store: Store,
  { after, size }: { after: string; size: number },
): Promise<ExportedCorrection[]> {
  return store.selectFrom('corrections').select(EXPORTED).where('id', '>', after).orderBy('id').limit(size).execute()
}

/** The number of corrections an export will look at, for its progress. */
export async function countAll(store: Store): Promise<number> {
  const { count } = await store
    .selectFrom('corrections')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

export type ExportedRow = 'correction_id' | 'answer_id'

/** Which of these corrections, or answers, are in an export already. */
export async function listExportedBefore(
  store: Store,
  column: ExportedRow,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await store.selectFrom('export_rows').select(column).distinct().where(column, 'in', ids).execute()
  return new Set(rows.flatMap((row) => row[column] ?? []))
}

export type JudgedAnswer = Pick<Selectable<AnswersTable>, 'id' | 'model' | 'catalog_version' | 'created_at'> & {
  findings: readonly Selectable<FindingsTable>[]
  marks: readonly VoteEventRow[]
}

/** The next answers with a valid vote, by id, each with its findings and votes. */
export async function listJudged(
  store: Store,
  { after, size }: { after: string; size: number },
): Promise<JudgedAnswer[]> {
  const voted = await store
    .selectFrom('vote_events')
    .select('answer_id')
    .distinct()
    .where('answer_id', '>', after)
    .where('is_set', '=', 1)
    .orderBy('answer_id')
    .limit(size)
    .execute()
  return findJudged(
    store,
    voted.map(({ answer_id }) => answer_id),
  )
}

/** These answers by id, in the shape of {@link listJudged}. */
export async function findJudged(store: Store, ids: readonly string[]): Promise<JudgedAnswer[]> {
  if (ids.length === 0) return []
  const [answers, findings, marks] = await Promise.all([
    store
      .selectFrom('answers')
      .select(['id', 'model', 'catalog_version', 'created_at'])
      .where('id', 'in', ids)
      .orderBy('id')
      .execute(),
    store.selectFrom('findings').selectAll().where('answer_id', 'in', ids).orderBy('position').execute(),
    store.selectFrom('vote_events').selectAll().where('answer_id', 'in', ids).execute(),
  ])
  const findingsOf = Map.groupBy(findings, ({ answer_id }) => answer_id)
  const marksOf = Map.groupBy(marks, ({ answer_id }) => answer_id)
  return answers.map((answer) => ({
    ...answer,
    findings: findingsOf.get(answer.id) ?? [],
    marks: marksOf.get(answer.id) ?? [],
  }))
}

export async function findExport(store: Store, id: string): Promise<ExportRow | null> {
  return (await store.selectFrom('exports').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Newest exports first. */
export async function listExports(store: Store, most: number): Promise<ExportRow[]> {
  return store
    .selectFrom('exports')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
}

/** The exports that contain a correction, oldest first; with an author, those in that name. */
export async function listExportsWith(store: Store, correctionId: string, author?: string): Promise<string[]> {
  const rows = await store
    .selectFrom('export_rows')
    .select('export_id')
    .where('correction_id', '=', correctionId)
    .$if(author !== undefined, (query) =>
      query.where((where) => where.or([where('author', '=', author ?? ''), where('author', 'is', null)])),
    )
    .orderBy('export_id')
    .execute()
  return rows.map(({ export_id }) => export_id)
}

export type ExportedLine = {
  position: number
  correction_id: string | null
  /** The name it bore; null for a judged answer. */
  author: string | null
  answer_id: string | null
  label: 0 | 1 | null
}

/** The next lines of an export, as recorded. */
export function listLines(
  store: Store,
  id: string,
  { after, size }: { after: number; size: number },
): Promise<ExportedLine[]> {
  return store
    .selectFrom('export_rows')
    .select(['position', 'correction_id', 'author', 'answer_id', 'label'])
    .where('export_id', '=', id)
    .where('position', '>', after)
    .where('position', '<=', after + size)
    .orderBy('position')
    .execute()
}

export async function findExported(store: Store, ids: readonly string[]): Promise<ExportedCorrection[]> {
  if (ids.length === 0) return []
  return store.selectFrom('corrections').select(EXPORTED).where('id', 'in', ids).execute()
}

export async function insertExport(store: Store, row: ExportRow): Promise<void> {
  await store.insertInto('exports').values(row).execute()
}

/** Many lines in one statement and one parameter, which both databases read faster than a list of values. */
export async function insertLines(store: Store, exportId: string, lines: readonly ExportedLine[]): Promise<void> {
  const packed = Object.fromEntries(
    lines.map(({ position, correction_id, author, answer_id, label }) => [
      position,
      { c: correction_id, w: author, a: answer_id, l: label },
    ]),
  )
  await sql`
    insert into export_rows (export_id, position, correction_id, author, answer_id, label)
    select ${exportId}, cast(key as integer), value ->> 'c', value ->> 'w', value ->> 'a', cast(value ->> 'l' as integer)
    from json_each(${JSON.stringify(packed)})
  `.execute(store)
}

/**
 * How many withdrawals there have been. Nothing else ends an approval or changes its author, and neither is ever
 * undone: the same number later means that what was approved still is, in the same names.
 */
export async function countWithdrawals(store: Store): Promise<number> {
  const { count } = await store
    .selectFrom('correction_steps')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('step', 'in', WITHDRAWALS)
    .executeTakeFirstOrThrow()
  return count
}
