import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import type { Posted } from '../platform/message.ts'
import { isNotOffered, retryabilityOf } from '../platform/platform-errors.ts'
import { type MessageKind, parseMetadata } from './message-metadata.ts'
import { threadOf } from './post.ts'

/** One of our messages about a question, in its current form. */
export type PostedMessages = Posted & { kind: MessageKind }

const MESSAGES_A_PAGE = 200

/** A longer thread is no longer about the question. */
const MAX_PAGES = 5
const SLACK_TS = /^\d+\.\d+$/

/** Between Slack's clock and ours. */
const CLOCK_SLACK_S = 120

/**
 * Finds our messages about a question in Slack, to learn whether a post whose response was lost went through. Null when
 * Slack doesn't let us look.
 */
export async function findPosted(
  clients: SlackClients,
  question: QuestionRow,
  answerId: string | null,
): Promise<readonly PostedMessages[] | null> {
  const found: PostedMessages[] = []
  for (const channel of await placesOf(clients, question)) {
    try {
      for await (const message of messagesSince(clients, question, channel)) {
        const kind = parseMetadata(message, { questionId: question.id, answerId })
        if (kind && message.ts) found.push({ kind, channel, ts: message.ts })
      }
    } catch (error) {
      if (isNotOffered(error)) return null
      // We can't have posted where we may not read.
      if (retryabilityOf(error) !== 'rejected') throw error
    }
  }
  return found
}

/** Where we may not write, the answer is in the direct message. */
async function placesOf({ posting }: SlackClients, question: QuestionRow): Promise<string[]> {
  const { channel, user_id: user } = question
  if (channel.startsWith('D')) return [channel]
  const direct = await callSlack(() => posting.conversations.open({ users: user }), { isRepeatable: true }).catch(
    (error: unknown) => {
      if (retryabilityOf(error) === 'rejected') return null
      throw error
    },
  )
  return [channel, ...(direct?.channel?.id ? [direct.channel.id] : [])]
}

async function* messagesSince({ posting }: SlackClients, question: QuestionRow, channel: string) {
  // The direct message has no thread of a channel we aren't in.
  const thread = channel === question.channel ? threadOf(question) : null
  // Clicks and slash commands have no message timestamp.
  const oldest = SLACK_TS.test(question.ts) ? question.ts : String(question.created_at / 1_000 - CLOCK_SLACK_S)
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const wanted = {
      channel,
      oldest,
      limit: MESSAGES_A_PAGE,
      include_all_metadata: true,
      ...(cursor ? { cursor } : {}),
    }
    const { messages = [], response_metadata } = await callSlack(
      () => (thread ? posting.conversations.replies({ ...wanted, ts: thread }) : posting.conversations.history(wanted)),
      { isRepeatable: true },
    )
    yield* messages
    cursor = response_metadata?.next_cursor || undefined
    if (!cursor) return
  }
}

/** Only letters and digits, since Slack returns streamed text in its own form. */
const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

/** A stream whose start lost its response carries no metadata; it's recognised by its first words. */
export async function findByText(clients: SlackClients, question: QuestionRow, words: string): Promise<Posted | null> {
  const { channel } = question
  for await (const { ts, bot_id, metadata, text = '' } of messagesSince(clients, question, channel)) {
    if (ts && bot_id && !metadata && bare(text).includes(bare(words))) return { channel, ts }
  }
  return null
}
