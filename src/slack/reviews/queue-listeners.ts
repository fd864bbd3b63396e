import { approveCorrection, rejectCorrection } from '../../feedback/review/queue.ts'
import { ACTION, VIEW } from '../blocks/ids.ts'
import { readPages } from '../home/pages.ts'
import { escapeMrkdwn } from '../platform/escaping.ts'
import { onClick, onForm, onFormClosed } from '../platform/listeners.ts'
import type { SlackAction } from '../platform/payloads.ts'
import { replyTo } from '../posting/notify.ts'
import { decide, noticeOf, openClaimed, type ReviewingDeps, release } from './decide.ts'
import { REJECT_FIELD, rejectView } from './reject-form.ts'
import { WORDS } from './words.ts'

export type QueueListenerDeps = ReviewingDeps

/** "Approve": claims and approves in one click; anyone who may not is told why. */
export function onApproveCorrection(deps: QueueListenerDeps) {
  return onClick(async function onApproveCorrection(click) {
    const one = { id: click.value, by: click.person }
    const row = await decide(deps, one, () => approveCorrection(deps.store, one, deps.now()))
    if (typeof row === 'string') await release(deps, one)
    await report(deps, click, typeof row === 'string' ? row : noticeOf(row))
  })
}

/** Shows the outcome to the person who clicked: in their Home tab, or below the message. */
async function report(deps: QueueListenerDeps, click: SlackAction, notice: string): Promise<void> {
  if (click.message) return replyTo(await deps.clientsOf(click.person.team), click, escapeMrkdwn(notice))
  const pages = readPages(click.view?.private_metadata ?? '')
  await deps.homes.publish(click.person, { pages, hash: click.view?.hash, notice })
}

/** "Reject…": claims the correction while the reason is being written. */
export function onRejectCorrection(deps: QueueListenerDeps) {
  return onClick(async function onRejectCorrection(click) {
    const frame = { title: WORDS.rejectTitle, callbackId: VIEW.reject, again: ACTION.reject }
    await openClaimed(deps, click, frame, async ({ id }) => rejectView(id))
  })
}

/** The reason was submitted: a refusal is shown at the field, so that the input isn't lost. */
export function onRejectSent(deps: QueueListenerDeps) {
  return onForm(async function onRejectSent(form, isLate) {
    const reason = form.values[REJECT_FIELD] ?? ''
    const one = { id: form.metadata, by: form.person }
    const row = await decide(deps, one, () => rejectCorrection(deps.store, { ...one, reason }, deps.now()), isLate)
    if (typeof row === 'string') return { errors: { [REJECT_FIELD]: row } }
    return { afterwards: () => deps.homes.publish(form.person, { notice: WORDS.correctionRejected }) }
  })
}

/** The form was closed unsent: the correction returns to the queue. */
export function onRejectClosed(deps: QueueListenerDeps) {
  return onFormClosed(async function onRejectClosed(form) {
    await release(deps, { id: form.metadata, by: form.person })
  })
}
