import { z } from 'zod'
import type { Errand } from '../commands/errand-records.ts'
import type { SlackMessage } from './blocks/answer.ts'
import { callSlack, type SlackClients } from './clients.ts'
import { recentMessages } from './recent-messages.ts'
import type { Posted } from './sending.ts'

const NOTE_TYPE = 'hydrocore_note'
const Noted = z.object({
  event_type: z.literal(NOTE_TYPE),
  event_payload: z.object({ errand: z.string() }),
})

/** An errand this old was taken before: its message may stand, though nobody came to say so. */
const TAKEN_BEFORE_MS = 30_000

/**
 * Posts the message of an errand, once for all tries: whoever does it again, after a fault or in place of somebody who
 * died, looks first whether it stands already.
 */
export async function postOnce(
  { posting }: SlackClients,
  { id, tries, createdAt }: Pick<Errand, 'id' | 'tries' | 'createdAt'>,
  channel: string,
  { text, blocks }: SlackMessage,
  now: number,
): Promise<Posted> {
  if (tries > 0 || now - createdAt.getTime() > TAKEN_BEFORE_MS) {
    const ts = await whereItStands({ posting }, id, channel)
    if (ts) return { channel, ts }
  }
  const sent = await callSlack(() =>
    posting.chat.postMessage({
      channel,
      text,
      ...(blocks.length > 0 ? { blocks } : {}),
      metadata: { event_type: NOTE_TYPE, event_payload: { errand: id } },
      unfurl_links: false,
      unfurl_media: false,
    }),
  )
  return { channel: sent.channel ?? channel, ts: sent.ts ?? '' }
}

async function whereItStands(
  clients: Pick<SlackClients, 'posting'>,
  errand: string,
  channel: string,
): Promise<string | null> {
  const noted = (message: { metadata?: unknown }) => Noted.safeParse(message.metadata).data?.event_payload.errand
  const messages = await recentMessages(clients, channel)
  return messages.find((message) => noted(message) === errand)?.ts ?? null
}
