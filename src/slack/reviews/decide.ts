import type { ModalView } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import { REVIEW_WORDS } from '../../feedback/labels.ts'
import type { Review } from '../../feedback/review/decide.ts'
import { awaitsSecondApproval, claimCorrection, releaseCorrection } from '../../feedback/review/queue.ts'
import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { readId } from '../blocks/ids.ts'
import { noticeView } from '../blocks/notice-view.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import type { FormDrafts } from '../feedback/drafts.ts'
import type { Homes } from '../home/homes.ts'
import type { SlackAction } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { openWithLoadingView, requestOf } from '../posting/open-modal.ts'
import { WORDS } from './words.ts'

/** The dependencies of every decision on a correction. */
export type ReviewingDeps = {
  store: Store
  catalog: Catalog
  clientsOf: ClientsOf
  roles: Roles
  drafts: FormDrafts
  outbox: Pick<Outbox, 'wake'>
  homes: Homes
  logger: Logger
  now: () => number
}

/** Opens a form about a correction, and claims the correction while it's open. */
export async function openClaimed(
  deps: ReviewingDeps,
  click: SlackAction,
  { title, callbackId, again }: { title: string; callbackId: string; again: string },
  fill: (row: CorrectionRow) => Promise<ModalView>,
): Promise<void> {
  const taken = { id: readId(click.value), by: click.person }
  const opening = {
    ...requestOf(click),
    title,
    callbackId,
    metadata: taken.id,
    reopenButton: () => ({ actionId: again, value: taken.id }),
  }
  const work = async () => {
    const row = await review(deps, taken, (one) => claimCorrection(deps.store, one, deps.now()))
    return typeof row === 'string' ? noticeView(title, row) : fill(row)
  }
  await openWithLoadingView(deps, opening, work, () => release(deps, taken))
}

/** What a reviewer sees after a decision. */
export function noticeOf(row: CorrectionRow): string {
  if (awaitsSecondApproval(row)) return REVIEW_WORDS.approvedFirst
  if (row.status === 'duplicate') return WORDS.merged
  return row.target === 'catalog' ? REVIEW_WORDS.catalogRequested : REVIEW_WORDS.correctionApproved
}

/** Makes a reviewer's decision, if they're allowed to: the reviewed row, or the reason why not. */
async function review(
  { roles, outbox, logger }: ReviewingDeps,
  one: Review,
  work: (one: Review) => Promise<CorrectionRow>,
  isLate?: AbortSignal,
): Promise<CorrectionRow | string> {
  const { mayReview } = await roles.of(one.by)
  isLate?.throwIfAborted()
  if (!mayReview) return SHARED_WORDS.notReviewer
  try {
    return await work(one)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    logger.info({ err: error, person: one.by.user }, 'a review was refused')
    return error.remedy
  } finally {
    // Reviewers and authors see the outcome without waiting for the next round.
    outbox.wake()
  }
}

/** Returns a correction to the queue if this reviewer holds it. */
export async function release({ store, outbox, logger, now }: ReviewingDeps, one: Review): Promise<void> {
  await releaseCorrection(store, one, now()).catch((error: unknown) =>
    logger.info({ err: error, correction: one.id }, 'a correction was not given back: it is no longer its reviewer’s'),
  )
  outbox.wake()
}

/**
 * Claims a correction and decides on it: the row, or the reason why not. A refused decision leaves it claimed. Nothing
 * is decided once `isLate` aborts.
 */
export function decide(
  deps: ReviewingDeps,
  one: Review,
  made: () => Promise<CorrectionRow>,
  isLate?: AbortSignal,
): Promise<CorrectionRow | string> {
  const work = async () => {
    await claimCorrection(deps.store, one, deps.now())
    return made()
  }
  return review(deps, one, work, isLate)
}
