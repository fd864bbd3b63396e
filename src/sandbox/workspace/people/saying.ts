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
  if (request.text.trim() === '' && files.length === 0) return refused('no_text', 'There is nothing to send.')
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
    fileIds,
  })
  if (channel.kind === 'channel' && !isAppMember(world, channel) && text.includes(`<@${world.team.botUserId}>`)) {
    const notice = `You mentioned ${APP.name}, but it is not in #${channel.name}.`
    world.news.tell(request.user, { type: 'notice', text: notice })
  }
  return { ok: true, ts: message.ts }
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
