import type { Keyv } from 'keyv'
import { z } from 'zod'

/** Longer than any question waits to be taken over. */
export const PENDING_MESSAGE_MS = 24 * 60 * 60 * 1_000

const PendingMessage = z.object({ isStream: z.boolean(), channel: z.string(), ts: z.string().nullable() })

/** Something about a question may stand in Slack. A stream carries no mark, so where it stands is noted here. */
export type PendingMessage = z.infer<typeof PendingMessage>

export type PendingMessages = {
  /** Written before anything is shown that the answer's own row does not tell of. */
  set(questionId: string, found: PendingMessage): Promise<void>
  /** What may stand; null when nothing was shown before. */
  get(questionId: string): Promise<PendingMessage | null>
}

/** Tells who takes a question over after a crash whether there is anything to look for in Slack. */
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
