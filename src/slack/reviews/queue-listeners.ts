import type { BlockAction, SlackActionMiddlewareArgs, SlackViewMiddlewareArgs } from '@slack/bolt'
import { approveCorrection, rejectCorrection } from '../../feedback/review/queue.ts'
import { ACTION, VIEW } from '../blocks/ids.ts'
import { WORDS } from '../blocks/words.ts'
import { readPages } from '../home/pages.ts'
import { escapeMrkdwn } from '../platform/escaping.ts'
import { type ReadClick, readClick, readForm } from '../platform/payloads.ts'
import { tellClicker } from '../posting/notify.ts'
import { decide, giveBack, noticeOf, openTaken, type ReviewingParts } from './decide.ts'
import { REJECT_FIELD, rejectView } from './reject-form.ts'

type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type FormArgs = Pick<SlackViewMiddlewareArgs, 'body' | 'ack'>

export type QueueListenerParts = ReviewingParts

/** Approve: taken and approved in one press; who may not is told why. */
export const onApproveCorrection =
  (parts: QueueListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const one = { id: click.value, by: click.person }
    const row = await decide(parts, one, () => approveCorrection(parts.store, one, parts.now()))
    if (typeof row === 'string') await giveBack(parts, one)
    await report(parts, click, typeof row === 'string' ? row : noticeOf(row))
  }

/** Tells who pressed what came of it: in their Home tab, or below the message they pressed in. */
async function report(parts: QueueListenerParts, click: ReadClick, notice: string): Promise<void> {
  if (click.message) return tellClicker(await parts.clientsOf(click.person.team), click, escapeMrkdwn(notice))
  const pages = readPages(click.view?.private_metadata ?? '')
  await parts.homes.publish(click.person, { pages, hash: click.view?.hash, notice })
}

/** "Reject…": taken as well while the reason is being written. */
export const onRejectCorrection =
  (parts: QueueListenerParts) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click) return
    const frame = { title: WORDS.rejectTitle, callbackId: VIEW.reject, again: ACTION.reject }
    await openTaken(parts, click, frame, async ({ id }) => rejectView(id))
  }

/** The reason was sent: a refusal is shown at the field, so that nothing typed is lost. */
export const onRejectSent =
  (parts: QueueListenerParts) =>
  async ({ body, ack }: FormArgs): Promise<void> => {
    const form = readForm(body)
    if (!form) return ack()
    const reason = form.values[REJECT_FIELD] ?? ''
    const one = { id: form.metadata, by: form.person }
    const row = await decide(parts, one, () => rejectCorrection(parts.store, { ...one, reason }, parts.now()))
    if (typeof row === 'string') return ack({ response_action: 'errors', errors: { [REJECT_FIELD]: row } })
    await ack()
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
