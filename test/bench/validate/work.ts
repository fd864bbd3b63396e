import { z } from 'zod'
import { TARGET_NAMES } from '../../../src/formats/targets.ts'

/**
 * bare: readline and JSON.parse, nothing looked at. rules: the trainer's rules. report: the rules and all that is told
 * of the content, tokens estimated. tokens: the same with a model's own vocabulary.
 */
export const TASKS = ['bare', 'rules', 'report', 'tokens'] as const
export type Task = (typeof TASKS)[number]

/** What one process is to do, alone, so that its memory is nobody else's. */
export const Work = z.object({ task: z.enum(TASKS), file: z.string(), target: z.enum(TARGET_NAMES), model: z.string() })
export type Work = z.infer<typeof Work>

export const Done = z.object({ ms: z.number(), cpuMs: z.number(), idleBytes: z.number(), peakBytes: z.number() })
export type Done = z.infer<typeof Done>
