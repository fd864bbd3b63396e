import type { ConversationsHistoryResponse } from '@slack/web-api'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import { isNotOffered, retryabilityOf } from '../platform/platform-errors.ts'

const LOOKED_THROUGH = 100

/** A channel's newest messages, or a thread's, with their metadata; none if Slack doesn't let us read them. */
export async function recentMessages(
  { posting }: Pick<SlackClients, 'posting'>,
  channel: string,
  thread: string | null = null,
): Promise<NonNullable<ConversationsHistoryResponse['messages']>> {
  const wanted = { channel, limit: LOOKED_THROUGH, include_all_metadata: true }
  const { messages = [] } = await callSlack(
    () => (thread ? posting.conversations.replies({ ...wanted, ts: thread }) : posting.conversations.history(wanted)),
    { isRepeatable: true },
  ).catch((error: unknown) => {
    if (isNotOffered(error) || retryabilityOf(error) === 'rejected') return { messages: [] }
    throw error
  })
  return messages
}
