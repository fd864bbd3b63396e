import { z } from 'zod'
import type { Block } from '../../page/contract.ts'
import { checkMessageBlocks, fromJson } from '../blockkit/checking.ts'
import { LIMITS } from '../limits.ts'
import { PlatformError } from '../platform-error.ts'
import type { World } from '../state/world.ts'
import { text } from './method.ts'

const { message } = LIMITS

/** The arguments that say what a message holds. */
export const contentParams = {
  text: text.optional(),
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
  markdown_text: text.optional(),
  metadata: z.unknown().optional(),
}
type ContentArgs = z.infer<z.ZodObject<typeof contentParams>>

export type Content = {
  text: string
  blocks: Block[]
  markdown: string | null
  attachments: unknown[]
  metadata: unknown
}

/** Checks what an app wants to say, in the order Slack complains. */
export function contentOf(args: ContentArgs): { content: Content; wasCut: boolean } {
  if (args.markdown_text && (args.text || args.blocks)) throw new PlatformError('markdown_text_conflict')
  if (args.markdown_text && args.markdown_text.length > message.markdown) throw new PlatformError('msg_too_long')
  const blocks = checkMessageBlocks(args.blocks)
  const attachments = args.attachments ? fromJson(args.attachments) : []
  if (!Array.isArray(attachments)) throw new PlatformError('invalid_attachments')
  if (attachments.length > message.attachments) throw new PlatformError('too_many_attachments')
  const written = args.text ?? ''
  if (!written && !args.markdown_text && blocks.length === 0 && attachments.length === 0) {
    throw new PlatformError('no_text')
  }
  return {
    wasCut: written.length > message.text,
    content: {
      text: written.slice(0, message.text),
      blocks,
      markdown: args.markdown_text || null,
      attachments,
      metadata: metadataOf(args.metadata),
    },
  }
}

const Metadata = z.object({ event_type: z.string().min(1), event_payload: z.record(z.string(), z.unknown()) })

export function metadataOf(given: unknown): unknown {
  if (given === undefined || given === '') return null
  const value = fromJson(given)
  if (typeof value !== 'object' || value === null) throw new PlatformError('invalid_metadata_format')
  const read = Metadata.safeParse(value)
  if (!read.success) throw new PlatformError('invalid_metadata_schema')
  if (Buffer.byteLength(JSON.stringify(read.data)) > message.metadataBytes) {
    throw new PlatformError('metadata_too_large')
  }
  return read.data
}

/** A thread's root must be there. */
export function checkThread(world: World, channel: string, threadTs: string | undefined): void {
  if (threadTs && !world.messages.find(channel, threadTs)) throw new PlatformError('thread_not_found')
}
