import { z } from 'zod'
import { EXPORT_FORMATS } from '../../../src/formats/writing.ts'

/** What one process is to do, alone, so that its memory is nobody else's. */
export const Work = z.object({
  config: z.union([
    z.object({ kind: z.literal('sqlite'), path: z.string() }),
    z.object({ kind: z.literal('postgres'), url: z.string(), connections: z.number() }),
  ]),
  task: z.union([
    z.object({ kind: z.literal('bare'), source: z.enum(['answers', 'pairs', 'votes']) }),
    z.object({ kind: z.literal('ours'), format: z.enum(EXPORT_FORMATS) }),
    z.object({ kind: z.literal('validate'), format: z.enum(EXPORT_FORMATS) }),
  ]),
  out: z.string(),
})
export type Work = z.infer<typeof Work>

export const Done = z.object({
  ms: z.number(),
  cpuMs: z.number(),
  idleBytes: z.number(),
  peakBytes: z.number(),
  rows: z.number(),
})
export type Done = z.infer<typeof Done>
