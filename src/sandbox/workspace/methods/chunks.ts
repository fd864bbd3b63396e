import { z } from 'zod'
import type { Block } from '../../page/contract.ts'
import { checkMessageBlocks } from '../blockkit/checking.ts'
import { richText } from '../escaping.ts'
import { LIMITS } from '../limits.ts'
import { PlatformError } from '../platform-error.ts'
import { json, text } from './method.ts'

const source = z.object({ type: z.literal('url'), url: z.string(), text: z.string() })
const Chunk = z.discriminatedUnion('type', [
  z.object({ type: z.literal('markdown_text'), text: z.string() }),
  z.object({
    type: z.literal('task_update'),
    id: z.string().min(1),
    title: z.string().min(1).max(LIMITS.stream.taskTitle),
    status: z.enum(['pending', 'in_progress', 'complete', 'error']),
    details: z.string().optional(),
    output: z.string().optional(),
    sources: z.array(source).optional(),
  }),
  z.object({ type: z.literal('plan_update'), title: z.string() }),
  z.object({ type: z.literal('blocks'), blocks: z.array(z.unknown()).max(LIMITS.stream.chunkBlocks) }),
])
type Chunk = z.infer<typeof Chunk>

/** What a call adds to a stream. */
export const streamParams = { markdown_text: text.optional(), chunks: json(z.array(Chunk)).optional() }

export type Growth = { markdown: string; blocks: Block[] }

/** The chunks of a call, whichever of the two ways they were given. */
export function chunksOf(args: { markdown_text?: string | undefined; chunks?: Chunk[] | undefined }): Chunk[] {
  if (args.markdown_text && args.chunks?.length) throw new PlatformError('markdown_text_conflict')
  if ((args.markdown_text ?? '').length > LIMITS.stream.markdown) throw new PlatformError('msg_too_long')
  return args.markdown_text ? [{ type: 'markdown_text', text: args.markdown_text }] : (args.chunks ?? [])
}

/** The message after these chunks. Throws when the whole would be longer than Slack takes. */
export function grown(before: Growth, chunks: readonly Chunk[]): Growth {
  let { markdown } = before
  let blocks = [...before.blocks]
  for (const chunk of chunks) {
    switch (chunk.type) {
      case 'markdown_text':
        markdown += chunk.text
        break
      case 'task_update':
        blocks = upsert(blocks, `task-${chunk.id}`, taskCard(chunk))
        break
      case 'plan_update':
        blocks = upsert(blocks, 'plan', { type: 'plan', block_id: 'plan', title: chunk.title })
        break
      case 'blocks':
        blocks.push(...checkMessageBlocks(chunk.blocks))
        break
      default:
        chunk satisfies never
    }
  }
  const bytes =
    Buffer.byteLength(markdown) + Buffer.byteLength(blocks.length > 0 ? JSON.stringify(taskTexts(blocks)) : '')
  if (bytes > LIMITS.stream.totalBytes) throw new PlatformError('msg_too_long')
  return { markdown, blocks }
}

const taskTexts = (blocks: readonly Block[]) =>
  blocks.filter(({ type }) => type === 'task_card').map(({ title, details, output }) => ({ title, details, output }))

const upsert = (blocks: readonly Block[], blockId: string, block: Block): Block[] =>
  blocks.some((one) => one.block_id === blockId)
    ? blocks.map((one) => (one.block_id === blockId ? { ...one, ...block } : one))
    : [...blocks, block]

const taskCard = ({ id, title, status, details, output, sources }: Extract<Chunk, { type: 'task_update' }>): Block => ({
  type: 'task_card',
  block_id: `task-${id}`,
  task_id: id,
  title,
  status,
  ...(details ? { details: richText(details, `task-${id}-details`) } : {}),
  ...(output ? { output: richText(output, `task-${id}-output`) } : {}),
  ...(sources ? { sources } : {}),
})
