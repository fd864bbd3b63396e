import type { Catalog } from '../../catalog/catalog.ts'
import { getCorrection } from '../../feedback/corrections/correction-records.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { CONSENT_LINE, type Correction, checkCorrection } from '../../feedback/corrections/corrections.ts'
import { checkLogCorrection, type LogCorrection } from '../../feedback/corrections/log-corrections.ts'
import { listNotes } from '../../feedback/corrections/supporter-records.ts'
import { approveForCatalog } from '../../feedback/review/catalog-changes.ts'
import { findConflicts } from '../../feedback/review/conflicts.ts'
import type { Review } from '../../feedback/review/decide.ts'
import { findLikelyDuplicates } from '../../feedback/review/likely-duplicates.ts'
import { closeAsDuplicate } from '../../feedback/review/merge-duplicates.ts'
import { editAndApprove } from '../../feedback/review/queue.ts'
import { AppError, isAbort } from '../../lib/errors.ts'
import { ACTION, VIEW } from '../blocks/ids.ts'
import { noticeView } from '../blocks/notice-view.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { callSlack } from '../platform/clients.ts'
import { faultsAtBlocks, type OpenForm } from '../platform/form-payloads.ts'
import { onClick, onFieldForm, onFormClick, onFormClosed } from '../platform/listeners.ts'
import { slackReason } from '../platform/platform-errors.ts'
import { decide, noticeOf, openClaimed, type ReviewingDeps, release } from './decide.ts'
import { reviewView } from './review-form.ts'
import { WORDS } from './words.ts'

/** "Edit and approve…": claims the correction while its form is open, so that nobody else decides meanwhile. */
export function onEditCorrection(deps: ReviewingDeps) {
  return onClick(async function onEditCorrection(click) {
    await openClaimed(
      deps,
      click,
      { title: WORDS.reviewTitle, callbackId: VIEW.review, again: ACTION.edit },
      async (row) => {
        const draft = await deps.drafts.load({ person: click.person, metadata: row.id })
        const [conflicts, likely, notes] = await Promise.all([
          findConflicts(deps.store, row, deps.catalog),
          findLikelyDuplicates(deps.store, row),
          listNotes(deps.store, row.id),
        ])
        return reviewView(row, { conflicts, likely, notes, draft }, deps.catalog)
      },
    )
  })
}

/** The reviewer's version was submitted: faults go to their fields, a refusal to the first field. */
export function onReviewSent(deps: ReviewingDeps) {
  return onFieldForm(async function onReviewSent(form, isLate) {
    const row = await approveAsEdited(deps, form, isLate).catch((error: unknown) => {
      if (isAbort(error)) throw error
      deps.logger.error({ err: error, correction: form.metadata }, 'a review could not be saved')
      return { faults: { question: error instanceof AppError ? error.remedy : SHARED_WORDS.notSaved } }
    })
    if ('faults' in row) return { errors: faultsAtBlocks(form, row.faults), afterwards: () => deps.drafts.save(form) }
    return {
      async afterwards() {
        await deps.drafts.submitted(form)
        await deps.homes.publish(form.person, { notice: noticeOf(row) })
      },
    }
  })
}

async function approveAsEdited(
  deps: ReviewingDeps,
  form: OpenForm,
  isLate: AbortSignal,
): Promise<CorrectionRow | { faults: Readonly<Record<string, string | undefined>> }> {
  const { store, catalog, now } = deps
  const one = { id: form.metadata, by: form.person }
  const checked = checkReviewed(await getCorrection(store, one.id), form, catalog)
  if (!checked.ok) return checked
  const approve = () => editAndApprove(store, { ...one, correction: checked.correction }, now())
  const row = await decide(deps, one, approve, isLate)
  return typeof row === 'string' ? { faults: { question: row } } : row
}

type CheckedReview =
  | { ok: true; correction: Correction | LogCorrection }
  | { ok: false; faults: Readonly<Record<string, string | undefined>> }

/** The reviewer's version, checked by the rules of the author's form; what isn't in the form stays. */
function checkReviewed(row: CorrectionRow, { values }: OpenForm, catalog: Catalog): CheckedReview {
  const consent = row.consent ?? CONSENT_LINE
  if (row.kind !== 'log') return checkCorrection({ ...row, ...values, consent }, catalog)
  const { question: line = row.question, code: category = row.code } = values
  const checked = checkLogCorrection({ line, category, note: row.note, consent }, catalog)
  if (checked.ok) return checked
  return { ok: false, faults: { question: checked.faults.line, code: checked.faults.category } }
}

/** "The catalog is wrong": approved as a request to change it. */
export function onCatalogWrong(deps: ReviewingDeps) {
  return onFormClick(async function onCatalogWrong(form) {
    await decideInForm(deps, form, (one) =>
      approveForCatalog(deps.store, { ...one, catalog: deps.catalog }, deps.now()),
    )
  })
}

/** "Merge into this": closed as a duplicate of the selected one. */
export function onMergeCorrection(deps: ReviewingDeps) {
  return onFormClick(async function onMergeCorrection(form, click) {
    await decideInForm(deps, form, (one) => closeAsDuplicate(deps.store, { ...one, of: click.value }, deps.now()))
  })
}

/** A decision by a button in the review form. We can't close the form, so it shows the outcome. */
async function decideInForm(
  deps: ReviewingDeps,
  { metadata: id, person: by, viewId, externalId }: OpenForm,
  made: (one: Review) => Promise<CorrectionRow>,
): Promise<void> {
  const one = { id, by }
  const row = await decide(deps, one, () => made(one))
  const notice = typeof row === 'string' ? row : noticeOf(row)
  const { interactive } = await deps.clientsOf(by.team)
  const view = noticeView(WORDS.reviewTitle, notice)
  const request = { view_id: viewId, view: { ...view, ...(externalId ? { external_id: externalId } : {}) } }
  await callSlack(() => interactive.views.update(request), { isRepeatable: true }).catch((error: unknown) => {
    if (slackReason(error) !== 'not_found') throw error
  })
  // A refusal releases it: a claim without an open form would block others.
  if (typeof row === 'string') await release(deps, one)
  await deps.homes.publish(by, { notice })
}

/** The review form was closed: the correction returns to the queue, and the input is kept. */
export function onReviewClosed(deps: ReviewingDeps) {
  return onFormClosed(async function onReviewClosed(form) {
    await release(deps, { id: form.metadata, by: form.person })
    if (form.isTouched) await deps.drafts.save(form)
    if (await deps.drafts.load(form)) await deps.homes.publish(form.person, { notice: WORDS.reviewKept })
  })
}
