import { isAppMember, slackMessage } from './shapes.ts'
import type { StoredMessage } from './state/messages.ts'
import { directMessageId } from './state/seed.ts'
import type { World } from './state/world.ts'

/** Which scope an event needs besides its subscription. */
export const EVENT_SCOPES = {
  app_mention: 'app_mentions:read',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  'message.mpim': 'mpim:history',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  app_home_opened: null,
  agent_session_stopped: 'chat:write',
  app_uninstalled: null,
  tokens_revoked: null,
} as const
type Subscription = keyof typeof EVENT_SCOPES

const isSubscribed = (world: World, subscription: Subscription) => {
  const scope = EVENT_SCOPES[subscription]
  return (
    world.installation.isInstalled() && world.events.has(subscription) && (scope === null || world.scopes.has(scope))
  )
}
const OF_CHANNEL = { channel: 'message.channels', im: 'message.im', mpim: 'message.mpim' } as const

/** Tells the app about a message event in a channel it is in, if it may know. */
function announce(world: World, channelId: string, event: (place: Record<string, unknown>) => Record<string, unknown>) {
  const channel = world.channels.get(channelId)
  if (!channel || !isAppMember(world, channel) || !isSubscribed(world, OF_CHANNEL[channel.kind])) return
  world.app.event(event({ channel: channel.id, channel_type: channel.kind }))
}

/** A mention outside a direct message makes two events, as in Slack: `app_mention` and `message`, in no promised order. */
export function announceMessage(world: World, message: StoredMessage): void {
  const shape = { ...slackMessage(world, message), event_ts: message.ts }
  const channel = world.channels.get(message.channel)
  const isMention = !message.isFromApp && message.text.includes(`<@${world.team.botUserId}>`)
  if (
    isMention &&
    channel &&
    channel.kind !== 'im' &&
    isAppMember(world, channel) &&
    isSubscribed(world, 'app_mention')
  ) {
    world.app.event({ ...shape, type: 'app_mention', channel: channel.id })
  }
  announce(world, message.channel, (place) => ({ ...shape, ...place }))
}

export function announceChange(world: World, previous: StoredMessage, next: StoredMessage): void {
  const ts = world.timestamps.next()
  announce(world, next.channel, (place) => ({
    type: 'message',
    subtype: 'message_changed',
    message: slackMessage(world, next),
    previous_message: slackMessage(world, previous),
    ...place,
    hidden: true,
    ts,
    event_ts: ts,
  }))
}

export function announceDeletion(world: World, message: StoredMessage): void {
  const ts = world.timestamps.next()
  announce(world, message.channel, (place) => ({
    type: 'message',
    subtype: 'message_deleted',
    previous_message: slackMessage(world, message),
    ...place,
    hidden: true,
    deleted_ts: message.ts,
    ts,
    event_ts: ts,
  }))
}

export function announceReaction(
  world: World,
  message: StoredMessage,
  userId: string,
  reaction: string,
  present: boolean,
): void {
  const type = present ? 'reaction_added' : 'reaction_removed'
  const channel = world.channels.get(message.channel)
  if (!channel || !isAppMember(world, channel) || !isSubscribed(world, type)) return
  world.app.event({
    type,
    user: userId,
    reaction,
    item: { type: 'message', channel: message.channel, ts: message.ts },
    item_user: message.userId,
    event_ts: world.timestamps.next(),
  })
}

export function announceHome(
  world: World,
  userId: string,
  tab: 'home' | 'messages',
  view: Record<string, unknown> | null,
): void {
  if (!isSubscribed(world, 'app_home_opened')) return
  world.app.event({
    type: 'app_home_opened',
    user: userId,
    channel: directMessageId(userId),
    tab,
    ...(view ? { view } : {}),
    event_ts: world.timestamps.next(),
  })
}

/** The app is taken out of the workspace: its token is of no use from here on, and it hears of both, in no promised order. */
export function announceLeaving(world: World): void {
  if (!world.installation.isInstalled()) return
  world.installation.remove()
  const { botUserId } = world.team
  if (world.events.has('tokens_revoked')) {
    world.app.event({
      type: 'tokens_revoked',
      tokens: { oauth: [], bot: [botUserId] },
      event_ts: world.timestamps.next(),
    })
  }
  if (world.events.has('app_uninstalled'))
    world.app.event({ type: 'app_uninstalled', event_ts: world.timestamps.next() })
}
