import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Turn } from '../../diagnosis/prompt.ts'

/** Enough for a follow-up; older turns aren't relevant to it. */
const KEPT_TURNS = 6
export const THREAD_MEMORY_MS = 24 * 60 * 60 * 1_000

const Turns = z.array(z.object({ question: z.string(), answer: z.string() }))

export type ThreadMemory = {
  recall(team: string, channel: string, thread: string): Promise<readonly Turn[]>
  remember(team: string, channel: string, thread: string, turn: Turn): Promise<void>
}

/** The recent turns of a thread, so that "and if that doesn't help?" makes sense. They expire. */
export function createThreadMemory(kept: Keyv<unknown>): ThreadMemory {
  const keyOf = (team: string, channel: string, thread: string) => `${team}:${channel}:${thread}`
  const recall: ThreadMemory['recall'] = async (team, channel, thread) => {
    const read = Turns.safeParse(await kept.get(keyOf(team, channel, thread)))
    return read.success ? read.data : []
  }
  return {
    recall,
    async remember(team, channel, thread, turn) {
      const turns = [...(await recall(team, channel, thread)), turn].slice(-KEPT_TURNS)
      await kept.set(keyOf(team, channel, thread), turns)
    },
  }
}
