import type { Keyv } from 'keyv'
import { z } from 'zod'

/** Longer than any question waits for a takeover. */
export const PENDING_MESSAGE_MS = 24 * 60 * 60 * 1_000

const PendingMessage = z.object({ isStream: z.boolean(), channel: z.string(), ts: z.string().nullable() })

/** A message about a question that may be in Slack. A stream carries no metadata, so its place is stored here. */
export type PendingMessage = z.infer<typeof PendingMessage>

export type PendingMessages = {
  /** Call before showing anything that the answer's row doesn't record. */
  set(questionId: string, found: PendingMessage): Promise<void>
  /** What may be in Slack; null when nothing was shown. */
  get(questionId: string): Promise<PendingMessage | null>
}

/** Tells an instance that takes over a question after a crash whether to look for messages in Slack. */
export function createPendingMessages(kept: Keyv<unknown>): PendingMessages {
  return {
    async set(questionId, found) {
      await kept.set(questionId, found)
    },
    async get(questionId) {
      const read = PendingMessage.safeParse(await kept.get(questionId))
      return read.success ? read.data : null
    },
  }
}
