import type { Recipe } from '../datasets/recipe.ts'
import { TrainerError } from '../errors.ts'

/**
 * Metadata only helps to know a job again: a server that refuses the word is asked without it.
 */
export async function createWithMetadata<T>(
  metadata: Readonly<Record<string, string>>,
  create: (known: { metadata?: Readonly<Record<string, string>> }) => Promise<T>,
): Promise<T> {
  try {
    return await create({ metadata })
  } catch (error) {
    if (!isUnknownField(error, /\bmetadata\b/)) throw error
    return create({})
  }
}

/**
 * Creates a job with what a recipe adds to it. A plain recipe adds nothing, so that servers which know no `method` take
 * it; one that refuses the word is given the hyperparameters as they were written before there was one.
 */
export async function createWithMethod<T>(recipe: Recipe, create: (method: object) => Promise<T>): Promise<T> {
  const { method, hyperparameters } = recipe
  const { epochs, batchSize, learningRate, beta } = hyperparameters
  const chosenValues = Object.entries({
    n_epochs: epochs,
    batch_size: batchSize,
    learning_rate_multiplier: learningRate,
    beta,
  }).filter(([, value]) => value !== undefined)
  const values = Object.fromEntries(chosenValues)
  if (method === 'supervised' && chosenValues.length === 0) return create({})
  try {
    return await create({ method: { type: method, [method]: { hyperparameters: values } } })
  } catch (error) {
    if (method !== 'supervised' || !isUnknownField(error, /\bmethod\b/)) throw error
    return create({ hyperparameters: values })
  }
}

function isUnknownField(error: unknown, field: RegExp): boolean {
  return error instanceof TrainerError && error.code === 'job_refused' && field.test(error.message)
}
