import { z } from 'zod'
import { announceChange } from '../announcing.ts'
import { checkMessageBlocks } from '../blockkit/checking.ts'
import { PlatformError, refusal } from '../platform-error.ts'
import { slackMessage } from '../shapes.ts'
import type { StoredMessage } from '../state/messages.ts'
import { grow, post } from '../state/posting.ts'
import { channelOfApp, channelToWriteIn, person, type World } from '../state/world.ts'
import { ownMessage } from './chat.ts'
import { chunksOf, grown, streamParams } from './chunks.ts'
import { checkThread, metadataOf } from './content.ts'
import { id, method, ts } from './method.ts'

const startStream = method({
  tier: 'tier2',
  scope: 'chat:write',
  params: z.object({
    channel: id,
    thread_ts: ts.optional(),
    recipient_user_id: z.string().optional(),
    recipient_team_id: z.string().optional(),
    task_display_mode: z.enum(['timeline', 'plan', 'dense']).optional(),
    ...streamParams,
  }),
  run(args, world) {
    const channel = channelToWriteIn(world, args.channel)
    const isIm = channel.kind === 'im'
    if (!isIm && !args.recipient_team_id) throw new PlatformError('missing_recipient_team_id')
    if (!isIm && !args.recipient_user_id) throw new PlatformError('missing_recipient_user_id')
    if (args.recipient_user_id) person(world, args.recipient_user_id)
    if (isIm && !args.thread_ts) throw refusal('invalid_arguments', ['missing required field: thread_ts'])
    checkThread(world, channel.id, args.thread_ts)
    const { markdown, blocks } = grown({ markdown: '', blocks: [] }, chunksOf(args))
    const message = post(world, {
      channel: channel.id,
      userId: world.team.botUserId,
      text: '',
      threadTs: args.thread_ts ?? null,
      markdown,
      blocks,
      isStreaming: true,
    })
    world.streams.start(channel.id, message.ts, {
      recipientId: isIm ? null : (args.recipient_user_id ?? null),
      firstText: markdown,
    })
    return { channel: channel.id, ts: message.ts }
  },
})

function streamingMessage(world: World, channel: string, at: string): StoredMessage {
  const message = ownMessage(world, channel, at, 'message_not_found')
  if (!message.isStreaming) throw new PlatformError('message_not_in_streaming_state')
  return message
}
const textOf = (message: StoredMessage) => ({ markdown: message.markdown ?? '', blocks: message.blocks })

const appendStream = method({
  tier: 'tier4',
  scope: 'chat:write',
  params: z.object({ channel: id, ts, ...streamParams }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel)
    const message = streamingMessage(world, channel.id, args.ts)
    const chunks = chunksOf(args)
    if (chunks.length === 0) throw new PlatformError('no_text')
    const next = grown(textOf(message), chunks)
    const stream = world.streams.find(channel.id, message.ts)
    if (stream && stream.firstText === '') stream.firstText = next.markdown
    grow(world, message, next)
    return { channel: channel.id, ts: message.ts }
  },
})

const stopStream = method({
  tier: 'tier2',
  scope: 'chat:write',
  params: z.object({
    channel: id,
    ts,
    blocks: z.unknown().optional(),
    metadata: z.unknown().optional(),
    session_status: z.enum(['processing', 'active', 'suspended', 'closed']).optional(),
    ...streamParams,
  }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel)
    const message = streamingMessage(world, channel.id, args.ts)
    const below = checkMessageBlocks(args.blocks)
    const next = grown(textOf(message), chunksOf(args))
    if (next.markdown === '' && next.blocks.length + below.length === 0) throw new PlatformError('no_text')
    world.streams.end(channel.id, message.ts)
    const finished = grow(world, message, {
      markdown: next.markdown,
      blocks: [...next.blocks, ...below],
      metadata: metadataOf(args.metadata),
      isStreaming: false,
    })
    announceChange(world, message, finished)
    return { channel: channel.id, ts: message.ts, message: slackMessage(world, finished) }
  },
})

export const streamingMethods = {
  'chat.startStream': startStream,
  'chat.appendStream': appendStream,
  'chat.stopStream': stopStream,
}
