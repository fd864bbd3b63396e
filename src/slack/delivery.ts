import type { AnswerPart, Diagnosis } from '../diagnosis/diagnose.ts'
import type { QuestionRow } from '../diagnosis/records.ts'
import type { Logger } from '../lib/logger.ts'
import type { SlackMessage } from './blocks/answer.ts'
import { callSlack, type SlackClients } from './clients.ts'
import type { LiveMessage, LiveMessages } from './live-message.ts'
import { slackReason } from './platform-errors.ts'

/** Where a message of ours stands. */
export type Posted = { channel: string; ts: string }

/** The answer was stopped by its reader; there is nothing more to say. */
export class StoppedByReader extends Error {
  override readonly name = 'StoppedByReader'
  readonly live: LiveMessage
  constructor(live: LiveMessage) {
    super('the reader stopped the answer')
    this.live = live
  }
}

/** Most answers are one short line: until then nothing is posted, and then all of it at once. */
const ANSWER_HOLD_MS = 1_200
/** A growing message is fed in steps that a reader can follow and Slack's limits allow. */
const GROW_EVERY_MS = 700

export type Writing = { diagnosis: Diagnosis; live: LiveMessage | null }

/**
 * Takes in an answer while it is written. A short one is only waited for; a longer one grows in the thread meanwhile.
 * Throws {@link StoppedByReader} when the person stopped it.
 */
export async function takeIn(
  parts: AsyncIterable<AnswerPart>,
  question: QuestionRow,
  live: LiveMessages,
): Promise<Writing> {
  const startedAt = performance.now()
  const thread = replyThread(question)
  let text = ''
  let message: LiveMessage | null = null
  let grownAt = 0
  for await (const part of parts) {
    if (part.kind === 'diagnosis') {
      await message?.close()
      return { diagnosis: part.diagnosis, live: message }
    }
    text += part.delta
    if (!thread || performance.now() - startedAt < ANSWER_HOLD_MS) continue
    if (message?.stopped.aborted) throw new StoppedByReader(message)
    if (!message) {
      const { team, channel, user_id: userId, channel_type } = question
      message = await live.open({ team, channel, threadTs: thread, userId, isDirect: channel_type === 'im' }, text)
      grownAt = performance.now()
    } else if (performance.now() - grownAt >= GROW_EVERY_MS) {
      await message.grow(text)
      grownAt = performance.now()
    }
  }
  throw new Error('the diagnosis ended without a result')
}

/** The thread an answer belongs to; null for a slash command, which has no message of its own. */
export function replyThread(question: QuestionRow): string | null {
  return question.way === 'command' ? null : (question.thread_ts ?? question.ts)
}

/** What Slack keeps with a message of ours, so that after a crash we know it again. */
export type Mark = { answerId: string }
export const MARK_TYPE = 'hydrocore_answer'

/** Posts in the question's place; an answer that grew there is replaced by its final form. */
export async function post(
  clients: SlackClients,
  question: QuestionRow,
  message: SlackMessage,
  { live = null, mark = null, logger }: { live?: LiveMessage | null; mark?: Mark | null; logger: Logger },
): Promise<Posted> {
  if (live) {
    const at = { channel: question.channel, ts: live.ts }
    try {
      await callSlack(() =>
        clients.posting.chat.update({ ...at, text: message.text, blocks: message.blocks, ...markOf(mark) }),
      )
      return at
    } catch (error) {
      // Slack does not let every streamed text become blocks; the final message then stands in its place.
      logger.info({ err: error, ts: live.ts }, 'a grown answer is posted anew')
      const sent = await send(clients, question, question.channel, message, mark)
      await clients.posting.chat.delete(at).catch(() => undefined)
      return sent
    }
  }
  return send(clients, question, question.channel, message, mark).catch(async (error: unknown) => {
    // A slash command works in channels we are not in; the answer then goes to the person alone.
    if (question.way !== 'command' || !ELSEWHERE.includes(slackReason(error) ?? '')) throw error
    const { channel } = await callSlack(() => clients.posting.conversations.open({ users: question.user_id }))
    return send(clients, question, channel?.id ?? question.user_id, message, mark)
  })
}

const ELSEWHERE: readonly string[] = ['not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action']

async function send(
  clients: SlackClients,
  question: QuestionRow,
  channel: string,
  message: SlackMessage,
  mark: Mark | null,
): Promise<Posted> {
  const thread = replyThread(question)
  const sent = await callSlack(() =>
    clients.posting.chat.postMessage({
      channel,
      text: message.text,
      ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
      ...(thread ? { thread_ts: thread } : {}),
      ...markOf(mark),
      unfurl_links: false,
      unfurl_media: false,
    }),
  )
  return { channel: sent.channel ?? channel, ts: sent.ts ?? '' }
}

function markOf(mark: Mark | null) {
  return mark ? { metadata: { event_type: MARK_TYPE, event_payload: { answer_id: mark.answerId } } } : {}
}
