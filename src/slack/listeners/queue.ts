import type { BlockAction, SlackActionMiddlewareArgs, SlackViewMiddlewareArgs } from '@slack/bolt'
import { listProposers } from '../../feedback/merging.ts'
import {
  approveCorrection,
  awaitsSecondApproval,
  claimCorrection,
  rejectCorrection,
  releaseCorrection,
} from '../../feedback/queue.ts'
import type { CorrectionRow } from '../../feedback/records.ts'
import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { callSlack } from '../clients.ts'
import { escapeMrkdwn } from '../escaping.ts'
import type { Homes } from '../home/homes.ts'
import { readPages } from '../home/pages.ts'
import { type Person, readClick, readForm } from '../reading.ts'
import type { Roles } from '../roles.ts'
import { REJECT_FIELD, rejectView } from '../views/reject.ts'
import { tellInPrivate } from '../whispering.ts'
import { reviewed, WORDS } from '../words.ts'
import type { ClientsOf } from '../workspaces.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>

export type QueueListenerParts = {
  store: Store
  clientsOf: ClientsOf
  roles: Roles
  homes: Homes
  logger: Logger
  now: () => number
}

type Review = { id: string; by: Person }

/** Approve: taken and approved in one press; who may not is told why. */
export const onApproveCorrection =
  (parts: QueueListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const row = await review(parts, { id: click.value, by: click.person }, async (one) => {
      await claimCorrection(parts.store, one, parts.now())
      return approveCorrection(parts.store, one, parts.now())
    })
    const notice = typeof row === 'string' ? row : await afterApproval(parts, row)
    const pages = readPages(click.view?.private_metadata ?? '')
    await parts.homes.publish(click.person, { pages, hash: click.view?.hash, notice })
  }

async function afterApproval(parts: QueueListenerParts, row: CorrectionRow): Promise<string> {
  if (awaitsSecondApproval(row)) return WORDS.approvedFirst
  await tellProposers(parts, row)
  return WORDS.correctionApproved
}

/** "Reject…": taken before the form opens, so that nobody else decides while the reason is being written. */
export const onRejectCorrection =
  (parts: QueueListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const taken = { id: click.value, by: click.person }
    const row = await review(parts, taken, (one) => claimCorrection(parts.store, one, parts.now()))
    const pages = readPages(click.view?.private_metadata ?? '')
    if (typeof row === 'string')
      return parts.homes.publish(click.person, { pages, hash: click.view?.hash, notice: row })
    const { interactive } = await parts.clientsOf(click.person.team)
    try {
      await callSlack(() => interactive.views.open({ trigger_id: click.trigger_id, view: rejectView(row.id) }))
    } catch (error) {
      await giveBack(parts, taken)
      throw error
    }
  }

/** The reason was sent: a refusal is shown at the field, so that nothing typed is lost. */
export const onRejectSent =
  (parts: QueueListenerParts) =>
  async ({ body, ack }: FormArgs): Promise<void> => {
    const form = readForm(body)
    if (!form) return ack()
    const reason = form.values[REJECT_FIELD] ?? ''
    const row = await review(parts, { id: form.metadata, by: form.person }, async (one) => {
      await claimCorrection(parts.store, one, parts.now())
      return rejectCorrection(parts.store, { ...one, reason }, parts.now())
    })
    if (typeof row === 'string') return ack({ response_action: 'errors', errors: { [REJECT_FIELD]: row } })
    await ack()
    await tellProposers(parts, row)
    await parts.homes.publish(form.person, { notice: WORDS.correctionRejected })
  }

/** The form was closed without a word: the correction goes back to the queue. */
export const onRejectClosed =
  (parts: QueueListenerParts) =>
  async ({ body, ack }: FormArgs): Promise<void> => {
    await ack()
    const form = readForm(body)
    if (form) await giveBack(parts, { id: form.metadata, by: form.person })
  }

/** Does what a reviewer asked for, if they may; the reviewed row, or the words for why not. */
async function review(
  { roles, logger }: QueueListenerParts,
  one: Review,
  work: (one: Review) => Promise<CorrectionRow>,
): Promise<CorrectionRow | string> {
  const { mayReview } = await roles.of(one.by)
  if (!mayReview) return WORDS.notReviewer
  return work(one).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    logger.info({ err: error, person: one.by.user }, 'a review was refused')
    return error.remedy
  })
}

async function giveBack({ store, logger, now }: QueueListenerParts, one: Review): Promise<void> {
  await releaseCorrection(store, one, now()).catch((error: unknown) =>
    logger.info({ err: error, correction: one.id }, 'a correction was not given back: it is no longer its reviewer’s'),
  )
}

/** Everybody who proposed it hears what became of it. */
async function tellProposers({ store, clientsOf, logger }: QueueListenerParts, row: CorrectionRow): Promise<void> {
  const words = reviewed(row.code, row.status === 'rejected' ? escapeMrkdwn(row.review_note ?? '') : null)
  for (const { user, team } of await listProposers(store, row.id)) {
    await clientsOf(team)
      .then((clients) => tellInPrivate(clients, user, words))
      .catch((error: unknown) => logger.warn({ err: error, correction: row.id, user }, 'an author could not be told'))
  }
}
