import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { callSlack, directChannel, type SlackClients } from '../platform/clients.ts'
import type { Posted, SlackMessage } from '../platform/message.ts'
import { slackReason } from '../platform/platform-errors.ts'
import { type MessageMetadata, metadataOf } from './message-metadata.ts'

/** The thread an answer belongs to; null for a slash command or a form, which have no message. */
export function threadOf(question: QuestionRow): string | null {
  return isDetached(question) ? question.thread_ts : (question.thread_ts ?? question.ts)
}

/** Slash commands and shortcuts work in channels we aren't in; the answer then goes only to the person. */
export function isDetached({ source }: QuestionRow): boolean {
  return source === 'command' || source === 'shortcut'
}

const ELSEWHERE: readonly string[] = ['not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action']

/** Posts in the question's place. If the response is lost it isn't retried here, since the post may have succeeded. */
export async function send(
  clients: SlackClients,
  question: QuestionRow,
  message: SlackMessage,
  mark: MessageMetadata,
): Promise<Posted> {
  if (isPerson(question.channel)) return sendTo(clients, await privatelyTo(clients, question), message, mark)
  try {
    return await sendTo(clients, { channel: question.channel, thread: threadOf(question) }, message, mark)
  } catch (error) {
    if (!isDetached(question) || !ELSEWHERE.includes(slackReason(error) ?? '')) throw error
    return sendTo(clients, await privatelyTo(clients, question), message, mark)
  }
}

/** A form's question names the person until their direct message is open. */
const isPerson = (channel: string): boolean => /^[UW]/.test(channel)

const privatelyTo = async (clients: SlackClients, { user_id }: QuestionRow) => ({
  channel: await directChannel(clients, user_id),
  thread: null,
})

async function sendTo(
  { posting }: SlackClients,
  { channel, thread }: { channel: string; thread: string | null },
  { text, blocks }: SlackMessage,
  mark: MessageMetadata,
): Promise<Posted> {
  const sent = await callSlack(() =>
    posting.chat.postMessage({
      channel,
      text,
      ...(blocks.length > 0 ? { blocks } : {}),
      ...(thread ? { thread_ts: thread } : {}),
      metadata: metadataOf(mark),
      unfurl_links: false,
      unfurl_media: false,
    }),
  )
  return { channel: sent.channel ?? channel, ts: sent.ts ?? '' }
}
