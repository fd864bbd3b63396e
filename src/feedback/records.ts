import type { Selectable } from 'kysely'
import type { Store } from '../store/open.ts'
import type { CorrectionsTable } from '../store/tables.ts'
import { putReviewNews, putVerdicts } from './news.ts'
import type { Person } from './person.ts'
import { APPROVED_STATUSES, OPEN_STATUSES } from './review-states.ts'

export type CorrectionRow = Selectable<CorrectionsTable>

/** More than any risk: one proposal more always outranks it. */
const RANK_PER_WEIGHT = 8

/** What is to be reviewed first has the least: most proposed, of these the riskiest. */
export function rankOf(weight: number, risk: number): number {
  return -(weight * RANK_PER_WEIGHT + risk)
}

/** What is kept of a step in a correction's history. */
export type NewStep = { step: string; by: Person; note?: string | null; contentBefore?: string | null }

/** Only after the correction itself was written in the same transaction: that keeps two steps from one place. */
async function addStep(store: Store, correctionId: string, step: NewStep, now: number): Promise<void> {
  const { count } = await store
    .selectFrom('correction_steps')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('correction_id', '=', correctionId)
    .executeTakeFirstOrThrow()
  await store
    .insertInto('correction_steps')
    .values({
      correction_id: correctionId,
      position: count + 1,
      at: now,
      step: step.step,
      actor: step.by.user,
      actor_team: step.by.team,
      note: step.note ?? null,
      content_before: step.contentBefore ?? null,
    })
    .execute()
}

/**
 * Stores a proposal, or adds weight to the waiting one with the same content; returns the row that holds it. The same
 * person with the same answer adds weight once.
 */
export async function insertOrBack(store: Store, row: CorrectionRow, now: number): Promise<CorrectionRow> {
  const by = { user: row.author, team: row.author_team }
  for (;;) {
    const kept = await store.transaction().execute(async (transaction) => {
      const inserted = await transaction
        .insertInto('corrections')
        .values(row)
        .onConflict((conflict) => conflict.column('open_key').doNothing())
        .returningAll()
        .executeTakeFirst()
      if (inserted) {
        await addStep(transaction, row.id, { step: 'proposed', by }, now)
        await putReviewNews(transaction, row.id, now)
        return inserted
      }
      const waiting = await findOpen(transaction, row.open_key)
      if (!waiting || (waiting.author === row.author && waiting.answer_id === row.answer_id)) return waiting
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('correction_backers')
        .values({
          correction_id: waiting.id,
          backer: row.author,
          backer_team: row.author_team,
          answer_id: row.answer_id ?? '',
          at: now,
        })
        .onConflict((conflict) => conflict.columns(['correction_id', 'backer', 'answer_id']).doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows !== 1n) return waiting
      await addStep(transaction, waiting.id, { step: 'proposed_again', by }, now)
      await putReviewNews(transaction, waiting.id, now)
      return addWeight(transaction, waiting.id, 1)
    })
    if (kept) return kept
    // It was decided in between, so the proposal is a new one.
  }
}

/** The waiting row with this content, held until the transaction ends: it is not decided meanwhile. */
async function findOpen(transaction: Store, openKey: string | null): Promise<CorrectionRow | null> {
  const row = await transaction
    .updateTable('corrections')
    .set(({ ref }) => ({ weight: ref('weight') }))
    .where('open_key', '=', openKey)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

export async function addWeight(store: Store, id: string, more: number): Promise<CorrectionRow> {
  return store
    .updateTable('corrections')
    .set(({ eb }) => ({
      weight: eb('weight', '+', more),
      queue_rank: eb('queue_rank', '-', more * RANK_PER_WEIGHT),
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function findCorrection(store: Store, id: string): Promise<CorrectionRow | null> {
  return (await store.selectFrom('corrections').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Everybody who proposed this correction after its author, the first of them first; each person once. */
export async function listBackers(store: Store, id: string): Promise<Person[]> {
  const rows = await store
    .selectFrom('correction_backers')
    .select(['backer', 'backer_team'])
    .where('correction_id', '=', id)
    .orderBy('at')
    .orderBy('backer')
    .execute()
  const people = new Map<string, Person>()
  for (const { backer: user, backer_team: team } of rows) if (!people.has(user)) people.set(user, { user, team })
  return [...people.values()]
}

/** Takes a backer's proposals back; how many there were. */
export async function removeBacker(store: Store, id: string, by: Person, now: number): Promise<number> {
  return store.transaction().execute(async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('correction_backers')
      .where('correction_id', '=', id)
      .where('backer', '=', by.user)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return 0
    await addWeight(transaction, id, -Number(numDeletedRows))
    await addStep(transaction, id, { step: 'backing_withdrawn', by }, now)
    await putReviewNews(transaction, id, now)
    return Number(numDeletedRows)
  })
}

/** What a review may change. */
export type CorrectionChange = Partial<
  Omit<
    CorrectionRow,
    | 'id'
    | 'answer_id'
    | 'source'
    | 'kind'
    | 'original_text'
    | 'model'
    | 'catalog_version'
    | 'author'
    | 'author_team'
    | 'created_at'
  >
>

/**
 * Changes a correction if its status and claim are still those that were read, and keeps the step in its history; false
 * when they are not. With `into`, its weight and its people go to that other correction.
 */
export async function changeCorrection(
  store: Store,
  read: CorrectionRow,
  change: CorrectionChange,
  { step, into, now }: { step: NewStep | null; into?: string | undefined; now: number },
): Promise<boolean> {
  return store.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('corrections')
      .set(change)
      .$if(change.risk !== undefined, (query) =>
        query.set(({ eb }) => ({
          queue_rank: eb(eb('weight', '*', -RANK_PER_WEIGHT), '-', change.risk ?? 0),
        })),
      )
      .where('id', '=', read.id)
      .where('status', '=', read.status)
      .where('lease_owner', 'is not distinct from', read.lease_owner)
      .where('lease_until', 'is not distinct from', read.lease_until)
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) return false
    const changed = { ...read, ...change }
    if (isDecided(read, changed)) await putVerdicts(transaction, read.id, await listProposers(transaction, read), now)
    if (step) {
      await addStep(transaction, read.id, step, now)
      await putReviewNews(transaction, read.id, now)
    }
    if (into !== undefined) await moveBacking(transaction, read, into, now)
    await supersede(transaction, changed)
    return true
  })
}

/** Whether this step settled it, other than by its author's own wish. */
function isDecided(before: CorrectionRow, after: CorrectionRow): boolean {
  const isOpen = ({ status }: CorrectionRow) => OPEN_STATUSES.some((open) => open === status)
  return isOpen(before) && !isOpen(after) && after.status !== 'withdrawn'
}

/** Who hears what becomes of a correction: its author, and everybody who proposed the same. No one of the house. */
export async function listProposers(
  store: Store,
  { id, author, author_team, source }: Pick<CorrectionRow, 'id' | 'author' | 'author_team' | 'source'>,
): Promise<Person[]> {
  const backers = (await listBackers(store, id)).filter(({ user }) => user !== author && user !== 'house')
  return source === 'person' ? [{ user: author, team: author_team }, ...backers] : backers
}

/** Of approved corrections of one question the last is taught; when it is withdrawn, the one before is taught again. */
async function supersede(store: Store, row: CorrectionRow): Promise<void> {
  if (row.status === 'withdrawn')
    await store.updateTable('corrections').set({ superseded_by: null }).where('superseded_by', '=', row.id).execute()
  if (row.aim === 'catalog' || row.consent === null || !APPROVED_STATUSES.some((status) => status === row.status))
    return
  await store
    .updateTable('corrections')
    .set({ superseded_by: row.id })
    .where('question_key', '=', row.question_key)
    .where('question_key', '!=', '')
    .where('kind', '=', row.kind)
    .where('status', 'in', APPROVED_STATUSES)
    .where('superseded_by', 'is', null)
    .where('id', '!=', row.id)
    .execute()
}

async function moveBacking(store: Store, from: CorrectionRow, into: string, now: number): Promise<void> {
  const backers = await store
    .selectFrom('correction_backers')
    .selectAll()
    .where('correction_id', '=', from.id)
    .execute()
  const proposers = [
    { backer: from.author, backer_team: from.author_team, answer_id: from.answer_id ?? '', at: now },
    ...backers,
  ]
  const { numInsertedOrUpdatedRows = 0n } = await store
    .insertInto('correction_backers')
    .values(proposers.map((one) => ({ ...one, correction_id: into })))
    .onConflict((conflict) => conflict.columns(['correction_id', 'backer', 'answer_id']).doNothing())
    .executeTakeFirst()
  await addWeight(store, into, Number(numInsertedOrUpdatedRows))
  await putReviewNews(store, into, now)
}
