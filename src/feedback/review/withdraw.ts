import type { Store } from '../../store/open.ts'
import { contentKey, contentOf } from '../corrections/content.ts'
import {
  addStep,
  addWeight,
  type CorrectionChange,
  changeIn,
  findOpen,
  holdCorrection,
  moveSupport,
} from '../corrections/correction-records.ts'
import type { CorrectionRow } from '../corrections/correction-row.ts'
import { CorrectionMissingError, NotAuthorError } from '../corrections/errors.ts'
import { enqueueDecisionNotices, enqueueReviewNotice } from '../corrections/notices.ts'
import { takeStep } from '../corrections/state-machine.ts'
import {
  listMergedFrom,
  listProposers,
  listSupport,
  removeSupport,
  type Support,
} from '../corrections/supporter-records.ts'
import { listExportsWith } from '../exports/records.ts'
import { type Person, SYSTEM_USER } from '../person.ts'
import { NO_LEASE, type Review, underReview } from './decide.ts'

export type Withdrawn = {
  /** Whether nobody is left who proposed it, it goes on in another person's name, or only weighs less. */
  how: 'withdrawn' | 'passed_on' | 'weighs_less'
  /** Earlier exports that contain it in this person's name, or at all where nobody is left. */
  exports: readonly string[]
}

/**
 * Withdraws a person's own correction, whatever its status. If others proposed the same words it goes on in the next
 * one's name and weighs less; whoever was merged into it with other words waits for review again. It's withdrawn only
 * when nobody is left. Throws NotAuthorError, CorrectionClosedError.
 */
export function withdrawCorrection(store: Store, { id, by }: Review, now: number): Promise<Withdrawn> {
  return store.transaction().execute(async (transaction) => {
    await holdFamily(transaction, id)
    const withdrawn = await takeBack(transaction, { id, by }, now)
    if (!withdrawn) throw new NotAuthorError(id)
    return withdrawn
  })
}

/** Locks everything a withdrawal may change, always in the same order, so that two withdrawals can't deadlock. */
async function holdFamily(transaction: Store, id: string): Promise<void> {
  const [here, elsewhere] = [await listSupport(transaction, id), await listMergedFrom(transaction, id)]
  const ids = [
    id,
    ...here.flatMap(({ merged_from }) => merged_from ?? []),
    ...elsewhere.map((one) => one.correction_id),
  ]
  for (const one of [...new Set(ids)].sort()) await holdCorrection(transaction, one)
}

/** Null when nothing of it is theirs. */
async function takeBack(transaction: Store, { id, by }: Review, now: number): Promise<Withdrawn | null> {
  const row = await holdCorrection(transaction, id)
  if (!row) throw new CorrectionMissingError(id)
  const mine = (await listSupport(transaction, id)).filter(({ supporter }) => supporter === by.user)
  const isAuthor = row.author === by.user && row.author !== SYSTEM_USER.user
  if (!isAuthor && mine.length === 0) return null
  if (isAuthor) takeStep(underReview(row, []), { to: 'withdrawn', by }, now)

  await removeSupport(transaction, mine)
  await takeBackElsewhere(transaction, { id, by }, mine, now)
  if (!isAuthor) {
    await addWeight(transaction, id, -mine.length)
    await addStep(transaction, id, { step: 'backing_withdrawn', by }, now)
    await enqueueReviewNotice(transaction, id, now)
    return { how: 'weighs_less', exports: [] }
  }
  const others = (await listSupport(transaction, id)).filter(({ supporter }) => supporter !== SYSTEM_USER.user)
  const next = others.find(({ merged_from, consent }) => merged_from === null && consent !== null)
  if (next) {
    await passOn(transaction, row, next, { by, less: mine.length + 1 }, now)
    return { how: 'passed_on', exports: await listExportsWith(transaction, id, by.user) }
  }
  await end(transaction, row, by, now)
  await reopen(transaction, row, others, by, now)
  return { how: 'withdrawn', exports: await listExportsWith(transaction, id) }
}

/** What was merged is in two places: in the closed correction, and among the supporters of the other. */
async function takeBackElsewhere(transaction: Store, { id, by }: Review, mine: readonly Support[], now: number) {
  const moved = (await listMergedFrom(transaction, id)).filter(({ supporter }) => supporter === by.user)
  await removeSupport(transaction, moved)
  for (const [into, backings] of Map.groupBy(moved, ({ correction_id }) => correction_id)) {
    await addWeight(transaction, into, -backings.length)
    await addStep(transaction, into, { step: 'backing_withdrawn', by }, now)
    await enqueueReviewNotice(transaction, into, now)
  }
  for (const closed of new Set(mine.flatMap(({ merged_from }) => merged_from ?? []))) {
    const row = await holdCorrection(transaction, closed)
    if (row?.status === 'duplicate') await takeBack(transaction, { id: closed, by }, now)
  }
}

/** The correction goes on in the name of the next supporter, with nothing of its author left. */
async function passOn(
  transaction: Store,
  row: CorrectionRow,
  next: Support,
  { by, less }: { by: Person; less: number },
  now: number,
): Promise<void> {
  const { supporter, supporter_team, answer_id, note, consent, original_text, model, catalog_version } = next
  const change: CorrectionChange = {
    ...{ author: supporter, author_team: supporter_team, answer_id: answer_id || null },
    ...{ note, consent, original_text, model, catalog_version },
  }
  await removeSupport(transaction, [next])
  await changeIn(transaction, row, change, { step: { step: 'author_withdrawn', by }, now })
  await addWeight(transaction, row.id, -less)
  const people = [{ user: supporter, team: supporter_team }]
  await enqueueDecisionNotices(transaction, { id: row.id, people, what: 'passed_on' }, now)
}

async function end(transaction: Store, row: CorrectionRow, by: Person, now: number): Promise<void> {
  const change: CorrectionChange = { ...NO_LEASE, status: 'withdrawn', dedup_key: null, withdrawn_at: now }
  await changeIn(transaction, row, change, { step: { step: 'withdrawn', by }, now })
}

/** Whoever was merged into a withdrawn correction had words of their own: those wait for review again. */
async function reopen(
  transaction: Store,
  ended: CorrectionRow,
  others: readonly Support[],
  by: Person,
  now: number,
): Promise<void> {
  await removeSupport(transaction, others)
  for (const closed of new Set(others.flatMap(({ merged_from }) => merged_from ?? []))) {
    // Merged more than once, they still support another one.
    if ((await listMergedFrom(transaction, closed)).length > 0) continue
    const row = await holdCorrection(transaction, closed)
    if (row?.status !== 'duplicate') continue
    const key = contentKey(contentOf(row))
    const same = await findOpen(transaction, key)
    if (same) await moveSupport(transaction, row, same.id, now)
    else {
      const change: CorrectionChange = {
        ...{ status: 'proposed', dedup_key: key, reviewer: null, reviewer_team: null },
        ...{ review_note: null, reviewed_at: null },
      }
      const note = `${ended.id} was withdrawn.`
      await changeIn(transaction, row, change, { step: { step: 'reopened', by, note }, now })
    }
    const people = await listProposers(transaction, row)
    await enqueueDecisionNotices(transaction, { id: same?.id ?? row.id, people, what: 'reopened' }, now)
  }
}
