import type { Outcome, Requests } from '../../page/contract.ts'
import { LIMITS } from '../limits.ts'
import { isAppMember } from '../shapes.ts'
import { edit, personBlocks, post, react, remove } from '../state/posting.ts'
import { APP } from '../state/seed.ts'
import { addFile } from '../state/sharing.ts'
import type { World } from '../state/world.ts'
import { channelOfPerson, messageOfPerson, refused } from './outcomes.ts'

/** A person writes something, and perhaps shares files with it. */
export async function say(world: World, request: Requests['/sandbox/messages']): Promise<Outcome> {
  const channel = channelOfPerson(world, request.user, request.channel)
  const files = request.files ?? []
  const attachments = request.forward ? [forwarded(world, request.user, request.forward)] : []
  if (request.text.trim() === '' && files.length === 0 && attachments.length === 0)
    return refused('no_text', 'There is nothing to send.')
  if (channel.posting !== 'open' && !world.people.get(request.user)?.isAdmin)
    return refused('restricted_action_read_only_channel', `Only admins can write in #${channel.name}.`)
  if (request.threadTs) messageOfPerson(world, { ...request, ts: request.threadTs })
  const text = world.compose(request.text).slice(0, LIMITS.message.text)
  const fileIds = await Promise.all(
    files.map(({ name, text }) =>
      addFile(world, { name, userId: request.user, content: Buffer.from(text) }, channel.id),
    ),
  )
  const message = post(world, {
    channel: channel.id,
    userId: request.user,
    text,
    blocks: personBlocks(text),
    threadTs: request.threadTs ?? null,
    isBroadcast: request.threadTs !== undefined && request.alsoToChannel === true,
    attachments,
    fileIds,
  })
  if (channel.kind === 'channel' && !isAppMember(world, channel) && text.includes(`<@${world.team.botUserId}>`)) {
    const notice = `You mentioned ${APP.name}, but it is not in #${channel.name}.`
    world.news.tell(request.user, { type: 'notice', text: notice })
  }
  return { ok: true, ts: message.ts }
}

/** A message as Slack attaches it to another, when a person passes it on. */
function forwarded(world: World, user: string, at: { channel: string; ts: string }): Record<string, unknown> {
  const message = messageOfPerson(world, { user, ...at })
  const channel = channelOfPerson(world, user, at.channel)
  const author = world.people.get(message.userId)?.handle ?? message.userId
  const text = message.text || message.markdown || ''
  return {
    id: 1,
    ts: message.ts,
    is_share: true,
    is_msg_unfurl: true,
    channel_id: channel.id,
    channel_team: world.team.id,
    author_id: message.userId,
    author_name: author,
    from_url: `${world.url()}/archives/${channel.id}/p${message.ts.replace('.', '')}`,
    text,
    fallback: `[${new Date(Number(message.ts) * 1_000).toISOString().slice(11, 16)}] ${author}: ${text}`,
    mrkdwn_in: ['text'],
    footer: channel.kind === 'channel' ? `Posted in #${channel.name}` : 'Direct message',
    message_blocks: [{ team: world.team.id, channel: channel.id, ts: message.ts, message: { blocks: message.blocks } }],
  }
}

/** A person edits what they wrote. */
export function rewrite(world: World, request: Requests['/sandbox/messages/edit']): Outcome {
  const message = messageOfPerson(world, request)
  if (message.userId !== request.user) return refused('cant_update_message', 'Only its author can edit a message.')
  const text = world.compose(request.text).slice(0, LIMITS.message.text)
  edit(world, message, { text, blocks: personBlocks(text) })
  return { ok: true, ts: message.ts }
}

export function erase(world: World, request: Requests['/sandbox/messages/delete']): Outcome {
  const message = messageOfPerson(world, request)
  if (message.userId !== request.user) return refused('cant_delete_message', 'Only its author can delete a message.')
  remove(world, message)
  return { ok: true }
}

/** A person sets or takes back a reaction. Doing so twice is no fault. */
export function reactTo(world: World, request: Requests['/sandbox/reactions']): Outcome {
  const message = messageOfPerson(world, request)
  react(world, message, request.user, request.name.replaceAll(/^:|:$/g, ''), request.present)
  return { ok: true }
}
