import { z } from 'zod'
import { checkMessageBlocks } from '../blockkit/checking.ts'
import { LIMITS } from '../limits.ts'
import { showMessage } from '../page-shapes.ts'
import { PlatformError } from '../platform-error.ts'
import type { StoredMessage } from '../state/messages.ts'
import { edit, post, postEphemeral, remove } from '../state/posting.ts'
import type { World } from '../state/world.ts'
import type { ResponseTarget } from './response-urls.ts'

const Response = z.object({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  attachments: z.array(z.unknown()).optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
})

/** Does what a `response_url` or the ack of a slash command asks for: post, replace or delete. */
export function respondInto(world: World, target: ResponseTarget, body: unknown): void {
  const read = Response.safeParse(body)
  if (!read.success) throw new PlatformError('invalid_payload')
  const { text = '', blocks: given, attachments = [], ...response } = read.data
  const original =
    target.ts === null
      ? null
      : (world.ephemerals.get(target.ts)?.message ?? world.messages.find(target.channel, target.ts))
  if (response.delete_original) {
    if (original) remove(world, original)
    return
  }
  const blocks = checkMessageBlocks(given)
  if (!text && blocks.length === 0 && attachments.length === 0) throw new PlatformError('no_text')
  const content = { text: text.slice(0, LIMITS.message.text), blocks, attachments }
  if (response.replace_original && original) {
    replace(world, original, { ...content, markdown: null })
    return
  }
  const threadTs = response.thread_ts ?? target.threadTs
  const draft = { channel: target.channel, userId: world.team.botUserId, threadTs, ...content }
  if (response.response_type === 'in_channel') post(world, draft)
  else postEphemeral(world, draft, target.userId)
}

function replace(world: World, original: StoredMessage, content: Partial<StoredMessage>): void {
  const ephemeral = world.ephemerals.get(original.ts)
  if (!ephemeral) {
    edit(world, original, content)
    return
  }
  const message = { ...original, ...content }
  world.ephemerals.set(original.ts, { ...ephemeral, message })
  showMessage(world, message)
}

/** True when an ack says something that people should see. */
export const saysSomething = (payload: unknown) =>
  typeof payload === 'object' && payload !== null && ('text' in payload || 'blocks' in payload)
