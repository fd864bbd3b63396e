import { z } from 'zod'
import type { OutboxJob } from '../../outbox/outbox-records.ts'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import type { Posted, SlackMessage } from '../platform/message.ts'
import { recentMessages } from './recent-messages.ts'

const NOTE_TYPE = 'hydrocore_note'
const Noted = z.object({
  event_type: z.literal(NOTE_TYPE),
  event_payload: z.object({ job: z.string() }),
})

/** An older job was attempted before: its message may be posted, although nobody recorded it. */
const TAKEN_BEFORE_MS = 30_000

type OneJob = Pick<OutboxJob, 'id' | 'attempts' | 'createdAt'>
type RecentMessage = Awaited<ReturnType<typeof recentMessages>>[number]

/**
 * Posts an outbox job's message once over all attempts: a retry, after an error or by another instance, first looks for
 * the message.
 */
export async function postOnce(
  clients: Pick<SlackClients, 'posting'>,
  job: OneJob,
  channel: string,
  message: SlackMessage,
  now: number,
  thread: string | null = null,
): Promise<Posted> {
  const found = await findPostedCopy(clients, job, channel, now, { thread })
  return found ?? postWithRecord(clients, job, channel, message, thread)
}

/** Posts an outbox job's message with metadata by which {@link findPostedCopy} finds it. */
export async function postWithRecord(
  { posting }: Pick<SlackClients, 'posting'>,
  { id }: Pick<OutboxJob, 'id'>,
  channel: string,
  { text, blocks }: SlackMessage,
  thread: string | null = null,
): Promise<Posted> {
  const sent = await callSlack(() =>
    posting.chat.postMessage({
      channel,
      text,
      ...(blocks.length > 0 ? { blocks } : {}),
      ...(thread ? { thread_ts: thread } : {}),
      metadata: { event_type: NOTE_TYPE, event_payload: { job: id } },
      unfurl_links: false,
      unfurl_media: false,
    }),
  )
  return { channel: sent.channel ?? channel, ts: sent.ts ?? '' }
}

/**
 * An earlier attempt's message; null on the first attempt, and when Slack doesn't let us look: posting twice is better
 * than not at all. `isIt` recognises messages without metadata, such as a file's.
 */
export async function findPostedCopy(
  clients: Pick<SlackClients, 'posting'>,
  { id, attempts, createdAt }: OneJob,
  channel: string,
  now: number,
  { thread = null, isIt = () => false }: { thread?: string | null; isIt?: (message: RecentMessage) => boolean } = {},
): Promise<Posted | null> {
  if (attempts === 0 && now - createdAt.getTime() <= TAKEN_BEFORE_MS) return null
  const noted = (message: RecentMessage) => Noted.safeParse(message.metadata).data?.event_payload.job
  const messages = await recentMessages(clients, channel, thread)
  const ts = messages.find((message) => noted(message) === id || isIt(message))?.ts
  return ts === undefined ? null : { channel, ts }
}
