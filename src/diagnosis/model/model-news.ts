import { z } from 'zod'

const Words = z.string()

/** What administrators are told about the models, self-contained: the rows may have changed by then. */
export const ModelNews = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('moved'),
    move: z.enum(['promoted', 'rolled_back', 'canary_started', 'canary_ended', 'canary_fell_back']),
    alias: Words,
    model: Words,
    previous: Words.nullable(),
    by: Words,
    reason: Words,
    evaluation: Words.nullable(),
  }),
  z.object({
    kind: z.literal('job_ended'),
    job: Words,
    status: Words,
    model: Words.nullable(),
    fault: Words.nullable(),
    baseModel: Words,
    /** The job's page at the trainer, if there is one. */
    link: Words.nullable(),
  }),
  z.object({
    kind: z.literal('evaluated'),
    evaluation: Words,
    models: z.array(z.object({ name: Words, right: z.number(), of: z.number(), unsafe: z.number() })),
  }),
  z.object({
    kind: z.literal('retiring'),
    model: Words,
    /** The aliases it serves, such as `assistant`. */
    roles: z.array(Words).readonly(),
    retiresOn: Words,
    daysLeft: z.number(),
    source: Words,
  }),
])
export type ModelNews = z.infer<typeof ModelNews>

/** Null for anything else, such as news of a later version. */
export function readModelNews(text: string | null): ModelNews | null {
  try {
    return ModelNews.parse(JSON.parse(text ?? ''))
  } catch {
    return null
  }
}
