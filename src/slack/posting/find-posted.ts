import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import type { Posted } from '../platform/message.ts'
import { isNotOffered, retryabilityOf } from '../platform/platform-errors.ts'
import { type MessageKind, parseMetadata } from './message-metadata.ts'
import { isDetached, threadOf } from './post.ts'

/** A message of ours about a question, as Slack shows it now. */
export type PostedMessages = Posted & { kind: MessageKind }

const MESSAGES_A_PAGE = 200

/** A thread with more than this below one question is no longer about it. */
const MAX_PAGES = 5
const SLACK_TS = /^\d+\.\d+$/

/** Slack's clock and ours may differ. */
const CLOCK_SLACK_S = 120

/**
 * Looks in Slack for what we posted about a question: the way to know whether a post went through whose answer was
 * lost, with its connection or with us. Null when this Slack does not let us look.
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
      // Where we may not read we could not have posted.
      if (retryabilityOf(error) !== 'rejected') throw error
    }
  }
  return found
}

/** Slash commands and shortcuts work where we are not; their answer may then be in the direct conversation. */
async function placesOf({ posting }: SlackClients, question: QuestionRow): Promise<string[]> {
  const { channel, user_id: user } = question
  if (!isDetached(question) || channel.startsWith('D')) return [channel]
  const direct = await callSlack(() => posting.conversations.open({ users: user }), { isRepeatable: true }).catch(
    (error: unknown) => {
      if (retryabilityOf(error) === 'rejected') return null
      throw error
    },
  )
  return [channel, ...(direct?.channel?.id ? [direct.channel.id] : [])]
}

async function* messagesSince({ posting }: SlackClients, question: QuestionRow, channel: string) {
  // The direct conversation knows nothing of a thread in a channel we are not in.
  const thread = channel === question.channel ? threadOf(question) : null
  // A click and a slash command have no time of Slack's.
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

/** Letters and digits alone: Slack gives streamed words back in its own shape. */
const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

/** A stream whose start lost its answer carries no mark; it is known by the words it began with. */
export async function findByText(clients: SlackClients, question: QuestionRow, words: string): Promise<Posted | null> {
  const { channel } = question
  for await (const { ts, bot_id, metadata, text = '' } of messagesSince(clients, question, channel)) {
    if (ts && bot_id && !metadata && bare(text).includes(bare(words))) return { channel, ts }
  }
  return null
}
