import { randomUUID } from 'node:crypto'
import type { Block } from '../../page/contract.ts'
import { announceChange, announceDeletion, announceMessage, announceReaction } from '../announcing.ts'
import { richText } from '../escaping.ts'
import { showMessage } from '../page-shapes.ts'
import { PlatformError } from '../platform-error.ts'
import type { StoredMessage } from './messages.ts'
import { SLACKBOT } from './seed.ts'
import type { World } from './world.ts'

export type Draft = {
  channel: string
  userId: string
  text: string
  threadTs?: string | null
  blocks?: readonly Block[]
  markdown?: string | null
  attachments?: readonly unknown[]
  metadata?: unknown
  fileIds?: readonly string[]
  isStreaming?: boolean
  isBroadcast?: boolean
}

const written = (world: World, draft: Draft): StoredMessage => {
  const isFromApp = draft.userId === world.team.botUserId
  const ts = world.timestamps.next()
  return {
    channel: draft.channel,
    ts,
    threadTs: draft.threadTs ?? null,
    userId: draft.userId,
    isFromApp,
    text: draft.text,
    blocks: [...(draft.blocks ?? [])],
    markdown: draft.markdown ?? null,
    attachments: [...(draft.attachments ?? [])],
    metadata: draft.metadata ?? null,
    edited: null,
    reactions: [],
    fileIds: [...(draft.fileIds ?? [])],
    clientMsgId: isFromApp ? null : randomUUID(),
    isStreaming: draft.isStreaming ?? false,
    isBroadcast: draft.isBroadcast ?? false,
    isTombstone: false,
  }
}

/** A reply hangs on its thread's root, also when somebody names a reply. */
const rootOf = (world: World, channel: string, threadTs: string | null | undefined) =>
  threadTs ? (world.messages.find(channel, threadTs)?.threadTs ?? threadTs) : null

/** Stores a message, shows it to everybody in the channel, and tells the app. */
export function post(world: World, draft: Draft): StoredMessage {
  const message = written(world, { ...draft, threadTs: rootOf(world, draft.channel, draft.threadTs) })
  world.messages.add(message)
  showMessage(world, message)
  if (message.threadTs) {
    const root = world.messages.find(message.channel, message.threadTs)
    if (root) showMessage(world, root)
  }
  if (message.isFromApp) world.statuses.clear(message.channel, message.threadTs ?? message.ts)
  announceMessage(world, message)
  return message
}

/** Slack keeps none at all; these are for what the app may still change through a `response_url`. */
const KEPT_EPHEMERALS = 500

/** Shows something to one person only. */
export function postEphemeral(world: World, draft: Draft, viewerId: string): StoredMessage {
  const message = written(world, draft)
  world.ephemerals.set(message.ts, { viewerId, message })
  const oldest = world.ephemerals.size > KEPT_EPHEMERALS ? world.ephemerals.keys().next().value : undefined
  if (oldest !== undefined) world.ephemerals.delete(oldest)
  showMessage(world, message)
  return message
}

type Edit = Partial<Pick<StoredMessage, 'text' | 'blocks' | 'markdown' | 'attachments' | 'metadata' | 'fileIds'>>

export function edit(world: World, message: StoredMessage, change: Edit): StoredMessage {
  const edited = { userId: message.userId, ts: world.timestamps.next() }
  const next = world.messages.change(message.channel, message.ts, { ...change, edited })
  if (!next) throw new PlatformError('message_not_found')
  showMessage(world, next)
  announceChange(world, message, next)
  return next
}

/** A change nobody calls an edit: a stream growing or ending. */
export function grow(world: World, message: StoredMessage, change: Partial<StoredMessage>): StoredMessage {
  const next = world.messages.change(message.channel, message.ts, change)
  if (!next) throw new PlatformError('message_not_found')
  showMessage(world, next)
  return next
}

export function remove(world: World, message: StoredMessage): void {
  const ephemeral = world.ephemerals.get(message.ts)
  const event = { type: 'message_deleted', channel: message.channel, ts: message.ts } as const
  if (ephemeral) {
    world.ephemerals.delete(message.ts)
    world.news.tell(ephemeral.viewerId, event)
    return
  }
  if (world.messages.replies(message.channel, message.ts).length > 0) {
    entomb(world, message)
    return
  }
  world.messages.remove(message.channel, message.ts)
  world.news.tellEach(world.channels.get(message.channel)?.memberIds ?? [], () => event)
  announceDeletion(world, message)
  const root = message.threadTs ? world.messages.find(message.channel, message.threadTs) : null
  if (root?.isTombstone && world.messages.replies(root.channel, root.ts).length === 0) remove(world, root)
  else if (root) showMessage(world, root)
}

/** The first message of a thread leaves a stone, so that its replies have something to hang on. */
function entomb(world: World, message: StoredMessage): void {
  const gone = { text: 'This message was deleted.', blocks: [], attachments: [], fileIds: [], reactions: [] }
  const next = world.messages.change(message.channel, message.ts, { ...gone, isTombstone: true, userId: SLACKBOT })
  if (!next) throw new PlatformError('message_not_found')
  showMessage(world, next)
  announceChange(world, message, next)
}

/** Adds or takes away one person's reaction. False when there is nothing to do. */
export function react(world: World, message: StoredMessage, userId: string, name: string, present: boolean): boolean {
  const current = message.reactions.find((reaction) => reaction.name === name)?.userIds ?? []
  if (current.includes(userId) === present) return false
  const userIds = present ? [...current, userId] : current.filter((id) => id !== userId)
  const others = message.reactions.filter((reaction) => reaction.name !== name)
  const replaced = message.reactions.map((reaction) => (reaction.name === name ? { name, userIds } : reaction))
  const reactions = userIds.length === 0 ? others : current.length > 0 ? replaced : [...others, { name, userIds }]
  grow(world, message, { reactions })
  announceReaction(world, message, userId, name, present)
  return true
}

/** The blocks Slack gives to what a person wrote. */
export const personBlocks = (text: string): Block[] => (text ? [richText(text, randomUUID().slice(0, 5))] : [])
