import { z } from 'zod'

/** How a trainer learns: from answers, or from pairs of a better and a worse one. */
export const METHODS = ['supervised', 'dpo'] as const
export type Method = (typeof METHODS)[number]

/** What is left out is for the trainer to choose. The bounds are OpenAI's. */
const Hyperparameters = z.strictObject({
  epochs: z.int().min(1).max(50).optional(),
  batchSize: z.int().min(1).max(256).optional(),
  learningRate: z.number().positive().max(10).optional(),
  /** How dearly straying from the old model is paid for, with pairs only. */
  beta: z.number().positive().max(2).optional(),
})
export type Hyperparameters = z.infer<typeof Hyperparameters>

/** All that decides, beside data and base model, what a job makes: of two alike one is enough. */
export const Recipe = z
  .strictObject({
    method: z.enum(METHODS).default('supervised'),
    seed: z.int().min(0).max(2_147_483_647).nullable().default(null),
    hyperparameters: Hyperparameters.default({}),
  })
  .refine(({ method, hyperparameters }) => method === 'dpo' || hyperparameters.beta === undefined, {
    path: ['hyperparameters', 'beta'],
    message: 'it belongs to dpo',
  })
export type Recipe = z.infer<typeof Recipe>

/** The same text for the same recipe, short enough for a job's metadata. */
export function serializeRecipe({ method, seed, hyperparameters }: Recipe): string {
  const { epochs, batchSize, learningRate, beta } = hyperparameters
  return JSON.stringify({ method, seed, hyperparameters: { epochs, batchSize, learningRate, beta } })
}

/** Null for a job of which none was kept. */
export function parseRecipe(text: string): Recipe | null {
  try {
    return Recipe.parse(JSON.parse(text))
  } catch {
    return null
  }
}
