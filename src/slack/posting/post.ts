import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { withAsker, withOrigin } from '../blocks/asked.ts'
import { callSlack, directChannel, type SlackClients } from '../platform/clients.ts'
import type { Posted, SlackMessage } from '../platform/message.ts'
import { isFaultOfBlocks, isNotPostable, retryabilityOf } from '../platform/platform-errors.ts'
import { type MessageMetadata, metadataOf } from './message-metadata.ts'

/** The thread an answer belongs to; null for a slash command or a form, which have no message. */
export function threadOf(question: QuestionRow): string | null {
  return isDetached(question) ? question.thread_ts : (question.thread_ts ?? question.ts)
}

/** Slash commands and shortcuts work in channels we aren't in; the answer then goes only to the person. */
export function isDetached({ source }: QuestionRow): boolean {
  return source === 'command' || source === 'shortcut'
}

/** The message as this place needs it: where nothing above it says what it answers, it says so itself. */
export function inPlace(question: QuestionRow, channel: string, message: SlackMessage): SlackMessage {
  if (!/^[CG]/.test(question.channel)) return message
  if (channel !== question.channel) return withOrigin(message, question)
  return threadOf(question) === null ? withAsker(message, question) : message
}

/**
 * Posts in the question's place, and where we may not write there, to the person alone: in their direct message, else
 * where only they see it. If the response is lost it isn't retried here, since the post may have succeeded.
 */
export async function send(
  clients: SlackClients,
  question: QuestionRow,
  message: SlackMessage,
  mark: MessageMetadata,
): Promise<Posted> {
  if (isPerson(question.channel)) return sendPrivately(clients, question, message, mark)
  const place = { channel: question.channel, thread: threadOf(question) }
  try {
    return await sendTo(clients, place, inPlace(question, place.channel, message), mark)
  } catch (error) {
    if (!isNotPostable(error)) throw error
    return sendPrivately(clients, question, message, mark)
  }
}

async function sendPrivately(
  clients: SlackClients,
  question: QuestionRow,
  message: SlackMessage,
  mark: MessageMetadata,
): Promise<Posted> {
  const { user_id: user, channel } = question
  try {
    const direct = await directChannel(clients, user)
    return await sendTo(clients, { channel: direct, thread: null }, inPlace(question, direct, message), mark)
  } catch (error) {
    if (retryabilityOf(error) !== 'rejected') throw error
    const thread = threadOf(question)
    const at = { channel, user, ...(thread ? { thread_ts: thread } : {}) }
    const sent = await orAsText(message, (content) =>
      callSlack(() => clients.interactive.chat.postEphemeral({ ...at, ...content })),
    )
    return { channel, ts: sent.message_ts ?? '' }
  }
}

/** A form's question names the person until their direct message is open. */
const isPerson = (channel: string): boolean => /^[UW]/.test(channel)

async function sendTo(
  { posting }: SlackClients,
  { channel, thread }: { channel: string; thread: string | null },
  message: SlackMessage,
  mark: MessageMetadata,
): Promise<Posted> {
  const sent = await orAsText(message, (content) =>
    callSlack(() =>
      posting.chat.postMessage({
        channel,
        ...content,
        ...(thread ? { thread_ts: thread } : {}),
        metadata: metadataOf(mark),
        unfurl_links: false,
        unfurl_media: false,
      }),
    ),
  )
  return { channel: sent.channel ?? channel, ts: sent.ts ?? '' }
}

/** Sends a message, and its text alone where Slack doesn't take the blocks. */
async function orAsText<T>(
  { text, blocks }: SlackMessage,
  call: (content: { text: string; blocks?: SlackMessage['blocks'] }) => Promise<T>,
): Promise<T> {
  try {
    return await call({ text, ...(blocks.length > 0 ? { blocks } : {}) })
  } catch (error) {
    if (blocks.length === 0 || !isFaultOfBlocks(error)) throw error
    return call({ text })
  }
}
