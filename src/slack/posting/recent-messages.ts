import type { ConversationsHistoryResponse } from '@slack/web-api'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import { isNotOffered, retryabilityOf } from '../platform/platform-errors.ts'

const LOOKED_THROUGH = 100

/** A channel's newest messages with their metadata; none if Slack doesn't let us read it. */
export async function recentMessages(
  { posting }: Pick<SlackClients, 'posting'>,
  channel: string,
): Promise<NonNullable<ConversationsHistoryResponse['messages']>> {
  const { messages = [] } = await callSlack(
    () => posting.conversations.history({ channel, limit: LOOKED_THROUGH, include_all_metadata: true }),
    { isRepeatable: true },
  ).catch((error: unknown) => {
    if (isNotOffered(error) || retryabilityOf(error) === 'rejected') return { messages: [] }
    throw error
  })
  return messages
}
