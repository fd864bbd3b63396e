import { z } from 'zod'
import type { Channel, Message, Person } from '../page/contract.ts'
import type { StoredMessage } from './state/messages.ts'
import type { StoredChannel, StoredPerson } from './state/seed.ts'
import type { World } from './state/world.ts'

/** What the page is told, in its own contract's words. */
export const pagePerson = ({ id, handle, realName, title, kind, color }: StoredPerson): Person => ({
  id,
  name: handle,
  realName,
  title,
  kind,
  color,
})

export const pageChannel = ({ id, name, kind, topic, memberIds }: StoredChannel): Channel => ({
  id,
  name,
  kind,
  topic,
  memberIds,
})

/** A message as this viewer sees it: a stream in a channel stands still for everybody but its recipient. */
export function pageMessage(world: World, message: StoredMessage, viewerId: string): Message {
  const replyCount = world.messages.replies(message.channel, message.ts).length
  const stream = message.isStreaming ? world.streams.find(message.channel, message.ts) : null
  const isOnlooker = stream?.recipientId && stream.recipientId !== viewerId
  return {
    channel: message.channel,
    ts: message.ts,
    threadTs: message.threadTs ?? (replyCount > 0 ? message.ts : null),
    userId: message.userId,
    text: message.text,
    // What a person writes also comes as rich text, which says the same once more.
    blocks: message.isFromApp ? message.blocks : [],
    markdown: isOnlooker ? stream.firstText : message.markdown,
    isStreaming: message.isStreaming,
    isEdited: message.edited !== null,
    isEphemeral: world.ephemerals.has(message.ts),
    reactions: message.reactions,
    files: message.fileIds
      .flatMap((id) => world.files.find(id) ?? [])
      .map(({ id, name, sizeBytes }) => ({
        id,
        name,
        sizeBytes,
        url: `/sandbox/files/${id}/${encodeURIComponent(name)}`,
      })),
    forwarded: message.attachments.flatMap((attachment) => Forwarded.safeParse(attachment).data ?? []),
    isBroadcast: message.isBroadcast,
    replyCount,
  }
}

const Forwarded = z
  .object({ is_share: z.literal(true), author_id: z.string(), text: z.string(), footer: z.string() })
  .transform(({ author_id, text, footer }) => ({ author: author_id, text, from: footer }))

/** Tells everybody who can see the message, and shows its root's new reply count. */
export function showMessage(world: World, message: StoredMessage): void {
  const channel = world.channels.get(message.channel)
  if (!channel) return
  const ephemeral = world.ephemerals.get(message.ts)
  const viewers = ephemeral ? [ephemeral.viewerId] : channel.memberIds
  world.news.tellEach(viewers, (viewerId) => ({ type: 'message', message: pageMessage(world, message, viewerId) }))
}
