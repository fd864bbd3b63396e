import { channelName, slackMessage } from '../shapes.ts'
import type { StoredMessage } from '../state/messages.ts'
import { APP, type StoredChannel } from '../state/seed.ts'
import { person, type World } from '../state/world.ts'

/** What every payload of an interaction carries. */
export const from = (world: World, userId: string) => {
  const { handle } = person(world, userId)
  return {
    user: { id: userId, username: handle, name: handle, team_id: world.team.id },
    team: { id: world.team.id, domain: world.team.domain },
    enterprise: null,
    is_enterprise_install: false,
    api_app_id: APP.id,
    token: 'sandbox',
  }
}

export const inChannel = (channel: StoredChannel) => ({ channel: { id: channel.id, name: channelName(channel) } })

/** The message that was acted on. Slack sends no copy of an ephemeral one. */
export const onMessage = (world: World, message: StoredMessage) => {
  const isEphemeral = world.ephemerals.has(message.ts)
  return {
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: isEphemeral,
      ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
    },
    ...(isEphemeral ? {} : { message: slackMessage(world, message) }),
  }
}

/** Seconds with six decimals, as `action_ts` has them. */
export const actionTs = () => (Date.now() / 1_000).toFixed(6)
