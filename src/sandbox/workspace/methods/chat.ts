import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { PlatformError } from '../platform-error.ts'
import { hasRichText, slackMessage } from '../shapes.ts'
import type { StoredMessage } from '../state/messages.ts'
import { edit, post, postEphemeral, remove } from '../state/posting.ts'
import { channelFor, channelOfApp, channelToWriteIn, person, type World } from '../state/world.ts'
import { checkThread, contentOf, contentParams } from './content.ts'
import { flag, id, method, ts } from './method.ts'

const threadTs = ts.optional()

/** A message of the app in this channel; `denied` names Slack's error for somebody else's. */
export function ownMessage(world: World, channel: string, at: string, denied: string): StoredMessage {
  const message = world.messages.find(channel, at)
  if (!message) throw new PlatformError('message_not_found')
  if (!message.isFromApp) throw new PlatformError(denied)
  return message
}

const postMessage = method({
  tier: 'post',
  scope: 'chat:write',
  params: z.object({ channel: id, thread_ts: threadTs, reply_broadcast: flag.optional(), ...contentParams }),
  run(args, world) {
    const channel = channelToWriteIn(world, args.channel, { byName: true })
    const { content, wasCut } = contentOf(args)
    checkThread(world, channel.id, args.thread_ts)
    const message = post(world, {
      channel: channel.id,
      userId: world.team.botUserId,
      threadTs: args.thread_ts ?? null,
      isBroadcast: args.thread_ts !== undefined && args.reply_broadcast === true,
      ...content,
    })
    return {
      channel: channel.id,
      ts: message.ts,
      message: slackMessage(world, message),
      ...(wasCut ? { warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } } : {}),
    }
  },
})

const update = method({
  tier: 'tier3',
  scope: 'chat:write',
  params: z.object({ channel: id, ts, ...contentParams }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel)
    const message = ownMessage(world, channel.id, args.ts, 'cant_update_message')
    if (message.isStreaming) throw new PlatformError('streaming_state_conflict')
    if ((args.text ?? '').length > LIMITS.message.updateText) throw new PlatformError('msg_too_long')
    const { content } = contentOf(args)
    const keepsRichText =
      content.markdown !== null || content.blocks.some(({ type }) => type === 'markdown' || type === 'rich_text')
    if (hasRichText(message) && content.blocks.length > 0 && !keepsRichText) throw new PlatformError('block_mismatch')
    const next = edit(
      world,
      message,
      args.metadata === undefined ? { ...content, metadata: message.metadata } : content,
    )
    return { channel: channel.id, ts: next.ts, text: next.text, message: slackMessage(world, next) }
  },
})

const deleteMessage = method({
  tier: 'tier3',
  scope: 'chat:write',
  params: z.object({ channel: id, ts }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel)
    remove(world, ownMessage(world, channel.id, args.ts, 'cant_delete_message'))
    return { channel: channel.id, ts: args.ts }
  },
})

const postEphemeralMessage = method({
  tier: 'tier4',
  scope: 'chat:write',
  params: z.object({ channel: id, user: id, thread_ts: threadTs, ...contentParams }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel)
    if (!channel.memberIds.includes(person(world, args.user).id)) throw new PlatformError('user_not_in_channel')
    const { content } = contentOf(args)
    checkThread(world, channel.id, args.thread_ts)
    const draft = { channel: channel.id, userId: world.team.botUserId, threadTs: args.thread_ts ?? null, ...content }
    return { message_ts: postEphemeral(world, draft, args.user).ts }
  },
})

const getPermalink = method({
  tier: 'often',
  params: z.object({ channel: id, message_ts: ts }),
  run(args, world) {
    const channel = channelFor(world, args.channel)
    const message = world.messages.find(channel.id, args.message_ts)
    if (!message) throw new PlatformError('message_not_found')
    const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : ''
    const permalink = `${world.url()}/archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`
    return { channel: channel.id, permalink }
  },
})

export const chatMethods = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': deleteMessage,
  'chat.postEphemeral': postEphemeralMessage,
  'chat.getPermalink': getPermalink,
}
