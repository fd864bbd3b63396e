import type { ModalView } from '@slack/types'
import type { Catalog } from '../../catalog/catalog.ts'
import type { CorrectionRow } from '../../feedback/corrections/correction-row.ts'
import type { Review } from '../../feedback/review/decide.ts'
import { awaitsSecondApproval, claimCorrection, releaseCorrection } from '../../feedback/review/queue.ts'
import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Errands } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { readId } from '../blocks/ids.ts'
import { sayingView } from '../blocks/notice-view.ts'
import { WORDS } from '../blocks/words.ts'
import type { Typed } from '../feedback/drafts.ts'
import type { Homes } from '../home/homes.ts'
import type { ReadClick } from '../platform/payloads.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { openAtOnce, openedBy } from '../posting/open-modal.ts'

/** What every decision on a correction needs, wherever in Slack it is made. */
export type ReviewingParts = {
  store: Store
  catalog: Catalog
  clientsOf: ClientsOf
  roles: Roles
  typed: Typed
  errands: Pick<Errands, 'soon'>
  homes: Homes
  logger: Logger
  now: () => number
}

/** Opens a form about a correction and takes it for as long as the form is open. */
export async function openTaken(
  parts: ReviewingParts,
  click: ReadClick,
  { title, callbackId, again }: { title: string; callbackId: string; again: string },
  fill: (row: CorrectionRow) => Promise<ModalView>,
): Promise<void> {
  const taken = { id: readId(click.value), by: click.person }
  const opening = {
    ...openedBy(click),
    title,
    callbackId,
    metadata: taken.id,
    again: () => ({ actionId: again, value: taken.id }),
  }
  const work = async () => {
    const row = await review(parts, taken, (one) => claimCorrection(parts.store, one, parts.now()))
    return typeof row === 'string' ? sayingView(title, row) : fill(row)
  }
  await openAtOnce(parts, opening, work, () => giveBack(parts, taken))
}

/** What a reviewer reads after a decision. */
export function noticeOf(row: CorrectionRow): string {
  if (awaitsSecondApproval(row)) return WORDS.approvedFirst
  if (row.status === 'duplicate') return WORDS.merged
  return row.target === 'catalog' ? WORDS.catalogRequested : WORDS.correctionApproved
}

/** Does what a reviewer asked for, if they may; the reviewed row, or the words for why not. */
async function review(
  { roles, errands, logger }: ReviewingParts,
  one: Review,
  work: (one: Review) => Promise<CorrectionRow>,
): Promise<CorrectionRow | string> {
  const { mayReview } = await roles.of(one.by)
  if (!mayReview) return WORDS.notReviewer
  try {
    return await work(one)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    logger.info({ err: error, person: one.by.user }, 'a review was refused')
    return error.remedy
  } finally {
    // What came of it is shown to the reviewers, and told to its people, without waiting for the next round.
    errands.soon()
  }
}

/** Gives a correction back to the queue, if it was this reviewer's. */
export async function giveBack({ store, errands, logger, now }: ReviewingParts, one: Review): Promise<void> {
  await releaseCorrection(store, one, now()).catch((error: unknown) =>
    logger.info({ err: error, correction: one.id }, 'a correction was not given back: it is no longer its reviewer’s'),
  )
  errands.soon()
}

/** Takes a correction and decides on it: the row, or the words for why not. It stays taken where it was refused. */
export function decide(
  parts: ReviewingParts,
  one: Review,
  made: () => Promise<CorrectionRow>,
): Promise<CorrectionRow | string> {
  return review(parts, one, async () => {
    await claimCorrection(parts.store, one, parts.now())
    return made()
  })
}
