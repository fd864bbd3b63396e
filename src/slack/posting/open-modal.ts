import type { ModalView } from '@slack/types'
import { remedyOf } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Logger } from '../../lib/logger.ts'
import { button, section } from '../blocks/elements.ts'
import { loadingView, noticeView } from '../blocks/notice-view.ts'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import type { Person, SlackAction } from '../platform/payloads.ts'
import { retryabilityOf, slackReason } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { postEphemeral, sendDirect } from './notify.ts'
import { WORDS } from './words.ts'

export type ModalRequest = {
  person: Person
  triggerId: string
  /** Where to notify the person if it can't be opened; null for a direct message. */
  place: { channel: string; threadTs?: string | undefined } | null
  title: string
  callbackId: string
  /** The subject of the form. */
  metadata: string
  /** The button that reopens it; null when there's nothing to reopen. */
  reopenButton: () => { actionId: string; value: string } | null
}

/** What opening a form needs from the click. */
export function requestOf({ person, trigger_id, channel, message }: SlackAction) {
  return {
    person,
    triggerId: trigger_id,
    place: channel ? { channel: channel.id, threadTs: message?.thread_ts } : null,
  }
}

/**
 * Opens a form at once and fills it afterwards: a trigger lives for three seconds, and looking up the content may take
 * longer. If it can't be opened, or was closed before it was filled, `lost` reverts what filling it claimed, and the
 * person gets a button to reopen it.
 */
export async function openWithLoadingView(
  { clientsOf, logger }: { clientsOf: ClientsOf; logger: Logger },
  opening: ModalRequest,
  fill: () => Promise<ModalView>,
  onAbandoned: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { person, triggerId, title } = opening
  const clients = await clientsOf(person.team)
  // By an id of our own the form can be updated even when Slack's response to its opening was lost.
  const external_id = newId('form')
  const opened = open(clients, { trigger_id: triggerId, view: { ...loadingView(opening), external_id } })
  const view = await fill().catch((error: unknown) => {
    logger.warn({ err: error, form: opening.callbackId }, 'a form could not be filled')
    return noticeView(title, remedyOf(error))
  })
  let fault = await opened
  if (fault === null || retryabilityOf(fault) === 'unknown')
    fault = await callSlack(() => clients.interactive.views.update({ external_id, view: { ...view, external_id } }), {
      isRepeatable: true,
    }).then(
      () => null,
      (error: unknown) => (fault === null && slackReason(error) === 'not_found' ? CLOSED : error),
    )
  if (fault === null) return
  await onAbandoned()
  if (fault === CLOSED) return
  logger.warn({ err: fault, form: opening.callbackId, user: person.user }, 'a form could not be opened')
  await offerToReopen(clients, opening)
}

/** The person closed it before it was filled. */
const CLOSED = Symbol('closed')

async function open(clients: SlackClients, request: { trigger_id: string; view: ModalView }): Promise<unknown> {
  try {
    await callSlack(() => clients.interactive.views.open(request))
    return null
  } catch (error) {
    return error
  }
}

async function offerToReopen(clients: SlackClients, { person, place, reopenButton }: ModalRequest): Promise<void> {
  const press = reopenButton()
  const words = press ? WORDS.notOpened : WORDS.pressAgain
  const blocks = press
    ? [section(words), { type: 'actions' as const, elements: [button(WORDS.openAgain, press.actionId, press.value)] }]
    : []
  await notifyInPlace(clients, person, place, words, blocks)
}

/** Notifies one person below what they acted on, or in a direct message where we may not post. */
export async function notifyInPlace(
  clients: SlackClients,
  person: Person,
  place: ModalRequest['place'],
  text: string,
  blocks: Parameters<typeof postEphemeral>[4] = [],
): Promise<void> {
  if (place)
    try {
      return await postEphemeral(clients, person, place, text, blocks)
    } catch (error) {
      if (retryabilityOf(error) !== 'rejected') throw error
    }
  await sendDirect(clients, person.user, text, blocks)
}
