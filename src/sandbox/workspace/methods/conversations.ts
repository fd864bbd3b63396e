import { z } from 'zod'
import { PlatformError } from '../platform-error.ts'
import { slackChannel, slackMessage } from '../shapes.ts'
import type { StoredMessage } from '../state/messages.ts'
import { directMessageId, type StoredChannel } from '../state/seed.ts'
import { channelFor, channelOfApp, person, type World } from '../state/world.ts'
import { flag, id, method, needScope, page, paged, text, ts } from './method.ts'

const SCOPE_PREFIX = { channel: 'channels', im: 'im', mpim: 'mpim' } as const
const LISTED_AS = { channel: 'public_channel', im: 'im', mpim: 'mpim' } as const
const readScope = ({ kind }: StoredChannel) => `${SCOPE_PREFIX[kind]}:read`
const historyScope = ({ kind }: StoredChannel) => `${SCOPE_PREFIX[kind]}:history`
const DEFAULT_LIMIT = 100

const info = method({
  tier: 'tier3',
  params: z.object({ channel: id, include_num_members: flag.optional() }),
  run(args, world) {
    const channel = channelFor(world, args.channel)
    needScope(world, readScope(channel))
    return { channel: slackChannel(world, channel) }
  },
})

const list = method({
  tier: 'tier2',
  params: z.object({ types: text.default('public_channel'), exclude_archived: flag.optional(), ...paged }),
  run(args, world) {
    const types = args.types.split(',').map((type) => type.trim())
    if (types.includes('public_channel')) needScope(world, 'channels:read')
    if (types.includes('im')) needScope(world, 'im:read')
    if (types.includes('mpim')) needScope(world, 'mpim:read')
    const wanted = [...world.channels.values()].filter(({ kind }) => types.includes(LISTED_AS[kind]))
    const { items, response_metadata } = page(wanted, args.limit ?? DEFAULT_LIMIT, args.cursor)
    return { channels: items.map((channel) => slackChannel(world, channel)), response_metadata }
  },
})

const members = method({
  tier: 'tier4',
  params: z.object({ channel: id, ...paged }),
  run(args, world) {
    const channel = channelFor(world, args.channel)
    needScope(world, readScope(channel))
    const { items, response_metadata } = page(channel.memberIds, args.limit ?? DEFAULT_LIMIT, args.cursor)
    return { members: items, response_metadata }
  },
})

const open = method({
  tier: 'tier3',
  scope: 'im:write',
  params: z.object({ users: text.optional(), channel: text.optional(), return_im: flag.optional() }),
  run(args, world) {
    const users = args.users?.split(',').filter(Boolean) ?? []
    if (users.length > 1) throw new PlatformError('method_not_supported_for_channel_type')
    const wanted = args.channel ?? (users[0] ? directMessageId(person(world, users[0]).id) : undefined)
    if (!wanted) throw new PlatformError('users_list_not_supplied')
    const channel = channelFor(world, wanted)
    return {
      no_op: true,
      already_open: true,
      channel: args.return_im ? slackChannel(world, channel) : { id: channel.id },
    }
  },
})

const range = { oldest: text.default('0'), latest: text.optional(), inclusive: flag.default(false), ...paged }
const within =
  ({ oldest, latest, inclusive }: { oldest: string; latest?: string | undefined; inclusive: boolean }) =>
  ({ ts: at }: StoredMessage) => {
    const value = Number(at)
    const last = latest === undefined ? Number.POSITIVE_INFINITY : Number(latest)
    return inclusive ? value >= Number(oldest) && value <= last : value > Number(oldest) && value < last
  }
const listed = (world: World, message: StoredMessage, withMetadata: boolean) => ({
  ...slackMessage(world, message),
  ...(withMetadata && message.metadata ? { metadata: message.metadata } : {}),
})

const history = method({
  tier: 'tier3',
  params: z.object({ channel: id, include_all_metadata: flag.default(false), ...range }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel)
    needScope(world, historyScope(channel))
    const messages = world.messages
      .inChannel(channel.id)
      .filter((message) => message.threadTs === null || message.isBroadcast)
      .filter(within(args))
      .toReversed()
    const { items, hasMore, response_metadata } = page(messages, args.limit ?? DEFAULT_LIMIT, args.cursor)
    return {
      messages: items.map((message) => listed(world, message, args.include_all_metadata)),
      has_more: hasMore,
      pin_count: 0,
      response_metadata,
    }
  },
})

const replies = method({
  tier: 'tier3',
  params: z.object({ channel: id, ts, include_all_metadata: flag.default(false), ...range }),
  run(args, world) {
    const channel = channelOfApp(world, args.channel)
    needScope(world, historyScope(channel))
    const named = world.messages.find(channel.id, args.ts)
    const root = named?.threadTs ? world.messages.find(channel.id, named.threadTs) : named
    if (!root) throw new PlatformError('thread_not_found')
    const answers = world.messages.replies(channel.id, root.ts).filter(within(args))
    const { items, hasMore, response_metadata } = page(answers, args.limit ?? DEFAULT_LIMIT, args.cursor)
    return {
      messages: [root, ...items].map((message) => listed(world, message, args.include_all_metadata)),
      has_more: hasMore,
      response_metadata,
    }
  },
})

export const conversationMethods = {
  'conversations.info': info,
  'conversations.list': list,
  'conversations.members': members,
  'conversations.open': open,
  'conversations.history': history,
  'conversations.replies': replies,
}
