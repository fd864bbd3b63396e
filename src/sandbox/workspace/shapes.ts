import type { Block } from '../page/contract.ts'
import { richText } from './escaping.ts'
import type { StoredFile } from './state/files.ts'
import type { StoredMessage } from './state/messages.ts'
import { APP, type StoredChannel, type StoredPerson } from './state/seed.ts'
import type { World } from './state/world.ts'

/** Slack's JSON for what the workspace holds, as Web API answers and payloads carry it. */
export const isAppMember = (world: World, channel: StoredChannel) => channel.memberIds.includes(world.team.botUserId)

export const channelName = (channel: StoredChannel) => (channel.kind === 'im' ? 'directmessage' : channel.name)

const botProfile = ({ team }: World) => ({
  id: team.botId,
  app_id: APP.id,
  name: APP.name,
  deleted: false,
  updated: 0,
  team_id: team.id,
})

/** Markdown, streamed or in a block, comes back as rich text: Slack has translated it by then. */
const blocksOf = (message: StoredMessage): readonly Block[] => [
  ...(message.markdown === null ? [] : [richText(message.markdown, `md-${message.ts}`)]),
  ...message.blocks.map((block) =>
    block.type === 'markdown' ? richText(String(block.text), block.block_id ?? `md-${message.ts}`) : block,
  ),
]
export const hasRichText = (message: StoredMessage) => blocksOf(message).some((block) => block.type === 'rich_text')

/** A message without its place, as `conversations.history` lists it. */
export function slackMessage(world: World, message: StoredMessage): Record<string, unknown> {
  const replies = world.messages.replies(message.channel, message.ts)
  const blocks = blocksOf(message)
  const repliers = [...new Set(replies.map((reply) => reply.userId))]
  return {
    type: 'message',
    ...(message.fileIds.length > 0 ? { subtype: 'file_share' } : {}),
    ...(message.isBroadcast ? { subtype: 'thread_broadcast' } : {}),
    ...(message.isTombstone ? { subtype: 'tombstone', hidden: true } : {}),
    user: message.userId,
    ts: message.ts,
    ...(message.clientMsgId ? { client_msg_id: message.clientMsgId } : {}),
    ...(message.isFromApp ? { bot_id: world.team.botId, app_id: APP.id, bot_profile: botProfile(world) } : {}),
    text: message.text || message.markdown || '',
    team: world.team.id,
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(message.isStreaming ? { streaming_state: 'in_progress' } : {}),
    ...(message.threadTs
      ? { thread_ts: message.threadTs, parent_user_id: world.messages.find(message.channel, message.threadTs)?.userId }
      : {}),
    ...(replies.length > 0
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users_count: repliers.length,
          reply_users: repliers,
          latest_reply: replies.at(-1)?.ts,
          is_locked: false,
          subscribed: true,
        }
      : {}),
    ...(message.edited ? { edited: { user: message.edited.userId, ts: message.edited.ts } } : {}),
    ...(message.reactions.length > 0
      ? {
          reactions: message.reactions.map(({ name, userIds }) => ({ name, users: userIds, count: userIds.length })),
        }
      : {}),
    ...(message.fileIds.length > 0
      ? { files: message.fileIds.flatMap((id) => world.files.find(id) ?? []).map((file) => slackFile(world, file)) }
      : {}),
  }
}

export function slackFile(world: World, file: StoredFile): Record<string, unknown> {
  const type = file.name.includes('.') ? (file.name.split('.').at(-1) ?? 'text') : 'text'
  const address = `${world.url()}/files/${file.id}/${encodeURIComponent(file.name)}`
  return {
    id: file.id,
    created: file.createdAt,
    timestamp: file.createdAt,
    name: file.name,
    title: file.title,
    mimetype: 'application/octet-stream',
    filetype: type,
    pretty_type: type.toUpperCase(),
    user: file.userId,
    user_team: world.team.id,
    editable: false,
    size: file.sizeBytes,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: file.channels.some((id) => id.startsWith('C')),
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: address,
    url_private_download: address,
    permalink: address,
    channels: file.channels.filter((id) => id.startsWith('C')),
    groups: [],
    ims: file.channels.filter((id) => id.startsWith('D')),
    has_rich_preview: false,
    file_access: 'visible',
  }
}

export function slackChannel(world: World, channel: StoredChannel): Record<string, unknown> {
  const common = {
    id: channel.id,
    created: channel.createdAt,
    is_archived: channel.posting === 'archived',
    is_org_shared: false,
    context_team_id: world.team.id,
    updated: channel.createdAt * 1_000,
    is_im: channel.kind === 'im',
  }
  if (channel.kind === 'im') {
    return {
      ...common,
      user: channel.memberIds.find((id) => id !== world.team.botUserId),
      is_user_deleted: false,
      priority: 0,
    }
  }
  const noted = (value: string) => ({ value, creator: '', last_set: 0 })
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === 'channel',
    is_group: false,
    is_mpim: channel.kind === 'mpim',
    is_private: channel.kind === 'mpim',
    is_general: channel.name === 'general',
    is_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    is_member: isAppMember(world, channel),
    creator: [...world.people.values()].find((one) => one.isAdmin)?.id ?? '',
    unlinked: 0,
    shared_team_ids: [world.team.id],
    topic: noted(channel.topic),
    purpose: noted(''),
    previous_names: [],
    num_members: channel.memberIds.length,
  }
}

export function slackUser(
  world: World,
  someone: StoredPerson,
  { withEmail }: { withEmail: boolean },
): Record<string, unknown> {
  const isBot = someone.kind === 'bot'
  const [firstName = '', lastName = ''] = someone.realName.split(' ')
  return {
    id: someone.id,
    team_id: world.team.id,
    name: someone.handle,
    deleted: false,
    color: someone.color.slice(1),
    real_name: someone.realName,
    tz: 'Europe/London',
    tz_label: 'Greenwich Mean Time',
    tz_offset: 0,
    profile: {
      title: isBot ? '' : someone.title,
      real_name: someone.realName,
      real_name_normalized: someone.realName,
      display_name: someone.handle,
      display_name_normalized: someone.handle,
      first_name: firstName,
      last_name: lastName,
      team: world.team.id,
      avatar_hash: 'g00000000000',
      ...(isBot ? { api_app_id: APP.id, bot_id: world.team.botId } : {}),
      ...(withEmail && !isBot ? { email: `${someone.handle}@hydrocore.example` } : {}),
    },
    is_admin: someone.isAdmin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: someone.kind === 'guest',
    is_ultra_restricted: false,
    is_bot: isBot,
    is_app_user: false,
    updated: 0,
    is_email_confirmed: !isBot,
    who_can_share_contact_card: 'EVERYONE',
  }
}
