import { z } from 'zod'
import type { Block } from '../../page/contract.ts'

const BlockShape = z.looseObject({ type: z.string(), block_id: z.string().optional() })

export const StoredMessage = z.object({
  channel: z.string(),
  ts: z.string(),
  /** The root's ts for a reply; null for a root or a lone message. */
  threadTs: z.string().nullable(),
  userId: z.string(),
  isFromApp: z.boolean(),
  text: z.string(),
  blocks: z.array(z.custom<Block>((value) => BlockShape.safeParse(value).success)),
  markdown: z.string().nullable(),
  attachments: z.array(z.unknown()),
  metadata: z.unknown().nullable(),
  edited: z.object({ userId: z.string(), ts: z.string() }).nullable(),
  reactions: z.array(z.object({ name: z.string(), userIds: z.array(z.string()) })),
  fileIds: z.array(z.string()),
  clientMsgId: z.string().nullable(),
  isStreaming: z.boolean(),
  /** A reply that was also sent to the channel. */
  isBroadcast: z.boolean().default(false),
  /** What stays of a thread's first message when it's deleted. */
  isTombstone: z.boolean().default(false),
})
export type StoredMessage = Readonly<z.infer<typeof StoredMessage>>

export type MessageStore = {
  add(message: StoredMessage): void
  find(channel: string, ts: string): StoredMessage | null
  /** Returns the message as it is now, or null when there is none. */
  change(channel: string, ts: string, change: Partial<StoredMessage>): StoredMessage | null
  remove(channel: string, ts: string): StoredMessage | null
  /** Oldest first, replies included. */
  inChannel(channel: string): readonly StoredMessage[]
  /** Replies without their root, oldest first. */
  replies(channel: string, rootTs: string): readonly StoredMessage[]
  all(): readonly StoredMessage[]
}

/** Enough for a long day of trying things; the state file stays small and a busy bench flat in memory. */
const KEPT_PER_CHANNEL = 3_000

/** The messages of the workspace. `changed` is told after each change, so that the state gets saved. */
export function createMessageStore(initial: readonly StoredMessage[], changed: () => void): MessageStore {
  const channels = new Map<string, Map<string, StoredMessage>>()
  const threads = new Map<string, Set<string>>()
  const threadKey = (channel: string, rootTs: string) => `${channel}:${rootTs}`

  const insert = (message: StoredMessage) => {
    const kept = channels.get(message.channel) ?? new Map<string, StoredMessage>()
    channels.set(message.channel, kept.set(message.ts, message))
    if (message.threadTs !== null) {
      const key = threadKey(message.channel, message.threadTs)
      threads.set(key, (threads.get(key) ?? new Set()).add(message.ts))
    }
    const oldest = kept.size > KEPT_PER_CHANNEL ? kept.keys().next().value : undefined
    if (oldest !== undefined) drop(message.channel, oldest)
  }
  const drop = (channel: string, ts: string) => {
    const message = channels.get(channel)?.get(ts) ?? null
    channels.get(channel)?.delete(ts)
    if (message?.threadTs) threads.get(threadKey(channel, message.threadTs))?.delete(ts)
    return message
  }
  for (const message of initial.toSorted((a, b) => (a.ts < b.ts ? -1 : 1))) insert(message)

  const find = (channel: string, ts: string) => channels.get(channel)?.get(ts) ?? null
  return {
    find,
    add(message) {
      insert(message)
      changed()
    },
    change(channel, ts, change) {
      const message = find(channel, ts)
      if (!message) return null
      const next = { ...message, ...change }
      channels.get(channel)?.set(ts, next)
      changed()
      return next
    },
    remove(channel, ts) {
      const message = drop(channel, ts)
      if (message) changed()
      return message
    },
    inChannel: (channel) => [...(channels.get(channel)?.values() ?? [])],
    replies: (channel, rootTs) =>
      [...(threads.get(threadKey(channel, rootTs)) ?? [])].flatMap((ts) => find(channel, ts) ?? []),
    all: () => [...channels.values()].flatMap((kept) => [...kept.values()]),
  }
}
