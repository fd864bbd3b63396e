import { z } from 'zod'

const auto = <T extends z.ZodType>(value: T) => z.union([z.literal('auto'), value])
const Hyperparameters = z.strictObject({
  n_epochs: auto(z.int().min(1).max(50)).optional(),
  batch_size: auto(z.int().min(1).max(256)).optional(),
  /** Accepted and echoed. The learner counts, so no rate makes it learn faster. */
  learning_rate_multiplier: auto(z.number().gt(0).max(10)).optional(),
})
const DpoHyperparameters = Hyperparameters.extend({ beta: auto(z.number().gt(0).max(2)).optional() })

const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'may hold 16 pairs at most')

/** What a fine-tuning job is asked for with. */
export const JobRequest = z.object({
  model: z.string().min(1),
  training_file: z.string().min(1),
  validation_file: z.string().min(1).nullish(),
  suffix: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^:\s]+$/, 'may not hold spaces or colons')
    .nullish(),
  seed: z.int().min(0).max(2_147_483_647).nullish(),
  metadata: Metadata.nullish(),
  integrations: z.array(z.unknown()).nullish(),
  hyperparameters: Hyperparameters.optional(),
  method: z
    .discriminatedUnion('type', [
      z.object({
        type: z.literal('supervised'),
        supervised: z.object({ hyperparameters: Hyperparameters.optional() }).optional(),
      }),
      z.object({
        type: z.literal('dpo'),
        dpo: z.object({ hyperparameters: DpoHyperparameters.optional() }).optional(),
      }),
    ])
    .optional(),
})
export type JobRequest = z.infer<typeof JobRequest>

export type Settings = { nEpochs: number; batchSize: number; learningRate: number }
type Wanted = z.infer<typeof DpoHyperparameters>

/** As OpenAI's cookbook counts them: three epochs, more for very few examples, fewer for very many. */
const TARGET_EPOCHS = 3
const MIN_EXAMPLES = 100
const MAX_EXAMPLES = 25_000
const MAX_AUTO_EPOCHS = 25
/** An epoch of a small file is about this many steps, that of a very large one a few hundred. */
const STEPS_AN_EPOCH = 25
const MAX_AUTO_BATCH = 256

function autoEpochs(rows: number): number {
  if (rows * TARGET_EPOCHS < MIN_EXAMPLES) return Math.min(MAX_AUTO_EPOCHS, Math.ceil(MIN_EXAMPLES / rows))
  if (rows * TARGET_EPOCHS > MAX_EXAMPLES) return Math.max(1, Math.floor(MAX_EXAMPLES / rows))
  return TARGET_EPOCHS
}

export const wantedHyperparameters = (request: JobRequest): Wanted =>
  (request.method?.type === 'dpo'
    ? request.method.dpo?.hyperparameters
    : request.method?.supervised?.hyperparameters) ??
  request.hyperparameters ??
  {}

/** The settings of a job: what was asked for, and `auto` decided by the number of rows. */
export function settle(wanted: Readonly<Record<string, number | 'auto'>>, rows: number): Settings {
  const given = (name: string, otherwise: number) => {
    const value = wanted[name]
    return typeof value === 'number' ? value : otherwise
  }
  return {
    nEpochs: given('n_epochs', autoEpochs(Math.max(1, rows))),
    batchSize: given('batch_size', Math.min(MAX_AUTO_BATCH, Math.max(1, Math.ceil(rows / STEPS_AN_EPOCH)))),
    learningRate: given('learning_rate_multiplier', 1),
  }
}
