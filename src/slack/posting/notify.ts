import type { KnownBlock, ModalView } from '@slack/types'
import { callSlack, directChannel, type SlackClients } from '../platform/clients.ts'
import type { Person, SlackAction } from '../platform/payloads.ts'
import { isNotPostable, slackReason } from '../platform/platform-errors.ts'
import { WORDS } from './words.ts'

/** A message that only one person sees: below the message they acted on, or as a direct message. */
export async function postEphemeral(
  clients: SlackClients,
  to: Person,
  place: { channel: string; threadTs?: string | undefined },
  text: string,
  blocks: KnownBlock[] = [],
): Promise<void> {
  await callSlack(() =>
    clients.interactive.chat.postEphemeral({
      channel: place.channel,
      user: to.user,
      text,
      ...(blocks.length > 0 ? { blocks } : {}),
      ...(place.threadTs ? { thread_ts: place.threadTs } : {}),
    }),
  )
}

/**
 * A reply to the person who clicked. It's a direct message where we may not write, and after a click in a view, which
 * has no channel.
 */
export async function replyTo(clients: SlackClients, click: SlackAction, text: string): Promise<void> {
  const place = click.channel ? { channel: click.channel.id, threadTs: click.message?.thread_ts } : null
  try {
    if (place) return await postEphemeral(clients, click.person, place, text)
  } catch (error) {
    if (!isNotPostable(error)) throw error
  }
  await sendDirect(clients, click.person.user, text)
}

export async function sendDirect(
  clients: SlackClients,
  user: string,
  text: string,
  blocks: KnownBlock[] = [],
): Promise<void> {
  const channel = await directChannel(clients, user)
  const words = { text, ...(blocks.length > 0 ? { blocks } : {}) }
  await callSlack(() => clients.posting.chat.postMessage({ channel, ...words }))
}

/** Slack's error codes for a click that is too old to open a form. */
const TOO_LATE: readonly string[] = ['expired_trigger_id', 'exchanged_trigger_id', 'trigger_expired']

/**
 * Opens a form for the person who clicked. A trigger lives for three seconds; if it has expired, the person is asked to
 * click again.
 */
export async function openForm(clients: SlackClients, click: SlackAction, view: ModalView): Promise<void> {
  try {
    await callSlack(() => clients.interactive.views.open({ trigger_id: click.trigger_id, view }))
  } catch (error) {
    if (!TOO_LATE.includes(slackReason(error) ?? '')) throw error
    await replyTo(clients, click, WORDS.pressAgain)
  }
}
