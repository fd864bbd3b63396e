import { z } from 'zod'
import { checkMessageBlocks } from '../blockkit/checking.ts'
import { LIMITS } from '../limits.ts'
import { PlatformError } from '../platform-error.ts'
import { slackFile } from '../shapes.ts'
import { post } from '../state/posting.ts'
import { newFileId, sharedFile } from '../state/sharing.ts'
import { channelOfApp } from '../state/world.ts'
import { checkThread } from './content.ts'
import { count, id, json, method, text, ts } from './method.ts'

const getUploadUrl = method({
  tier: 'tier4',
  scope: 'files:write',
  params: z.object({
    filename: id,
    length: count.min(1).max(LIMITS.file.bytes),
    alt_text: text.optional(),
    snippet_type: text.optional(),
  }),
  run(args, world) {
    if (args.snippet_type && args.length > LIMITS.file.snippetBytes) throw new PlatformError('snippet_too_large')
    const fileId = newFileId()
    world.files.add({
      id: fileId,
      name: args.filename,
      title: args.filename,
      userId: world.team.botUserId,
      sizeBytes: args.length,
      createdAt: Math.floor(Date.now() / 1_000),
      isComplete: false,
      channels: [],
    })
    return { upload_url: `${world.url()}/upload/${fileId}`, file_id: fileId }
  },
})

const completeUpload = method({
  tier: 'tier4',
  scope: 'files:write',
  params: z.object({
    files: json(z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1)),
    channel_id: text.optional(),
    channels: text.optional(),
    thread_ts: ts.optional(),
    initial_comment: text.optional(),
    blocks: z.unknown().optional(),
  }),
  async run(args, world) {
    const targets = (args.channels?.split(',') ?? [args.channel_id ?? '']).filter(Boolean)
    const channels = targets.map((target) => channelOfApp(world, target))
    for (const channel of channels) checkThread(world, channel.id, args.thread_ts)
    const blocks = checkMessageBlocks(args.blocks)
    for (const file of args.files) {
      const content = await world.files.content(file.id)
      if (!content || content.byteLength !== world.files.find(file.id)?.sizeBytes) {
        throw new PlatformError('file_not_found')
      }
    }
    for (const { id: fileId, title } of args.files) {
      const shared = { isComplete: true, channels: channels.map((channel) => channel.id) }
      world.files.change(fileId, title ? { ...shared, title } : shared)
    }
    for (const channel of channels) {
      post(world, {
        channel: channel.id,
        userId: world.team.botUserId,
        text: args.initial_comment ?? '',
        blocks,
        threadTs: args.thread_ts ?? null,
        fileIds: args.files.map((file) => file.id),
      })
    }
    return { files: args.files.map((file) => slackFile(world, sharedFile(world, file.id))) }
  },
})

const info = method({
  tier: 'tier4',
  scope: 'files:read',
  params: z.object({ file: id }),
  run(args, world) {
    const file = sharedFile(world, args.file)
    const shares = world.messages
      .all()
      .filter((message) => message.fileIds.includes(file.id))
      .map((message) => [message.channel, [{ ts: message.ts, thread_ts: message.threadTs ?? undefined }]])
    return {
      file: { ...slackFile(world, file), shares: { public: Object.fromEntries(shares) } },
      comments: [],
      response_metadata: { next_cursor: '' },
    }
  },
})

export const fileMethods = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
  'files.info': info,
}
