import type { Keyv } from 'keyv'
import { z } from 'zod'
import { openKv } from '../../store/expiring.ts'
import type { Store } from '../../store/open.ts'
import type { Turn } from '../prompt.ts'
import { afterReply, NO_CONTEXT, ThreadContext, withoutQuestion } from './thread-context.ts'

/** Enough for a follow-up; older turns aren't relevant to it. */
const KEPT_TURNS = 6
const THREAD_MEMORY_MS = 24 * 60 * 60 * 1_000

const Turns = z.array(z.object({ question: z.string(), answer: z.string() }))
const Kept = z.object({ turns: Turns, context: ThreadContext })

export type ThreadKnown = { turns: readonly Turn[]; context: ThreadContext }
type Thread = { team: string; channel: string; thread: string }

export type ThreadMemory = {
  recall(thread: Thread): Promise<ThreadKnown>
  /** Adds a reply: what was said, where it was an answer, and what the thread is about now. */
  remember(thread: Thread, turn: Turn | null, given: Parameters<typeof afterReply>[1]): Promise<void>
  /** Forgets a question that its person deleted or edited, and what was answered. */
  forget(thread: Thread, question: Parameters<typeof withoutQuestion>[1]): Promise<void>
}

/** What was said in a thread and what it's about, so that "and if that doesn't help?" is understood. It expires by itself. */
export function createThreadMemory(kept: Keyv<unknown>): ThreadMemory {
  const keyOf = ({ team, channel, thread }: Thread) => `${team}:${channel}:${thread}`
  const recall: ThreadMemory['recall'] = async (thread) => {
    const read = Kept.safeParse(await kept.get(keyOf(thread)))
    return read.success ? read.data : { turns: [], context: NO_CONTEXT }
  }
  return {
    recall,
    async remember(thread, turn, given) {
      const before = await recall(thread)
      const turns = [...before.turns, ...(turn ? [turn] : [])].slice(-KEPT_TURNS)
      await kept.set(keyOf(thread), { turns, context: afterReply(before.context, given) })
    },
    async forget(thread, question) {
      if (await kept.has(keyOf(thread))) await kept.set(keyOf(thread), withoutQuestion(await recall(thread), question))
    },
  }
}

/** The threads that a store keeps. */
export function openThreadMemory(store: Store): ThreadMemory {
  return createThreadMemory(openKv(store, { namespace: 'thread', ttlMs: THREAD_MEMORY_MS }))
}
