import type { Yielder } from '../yielding.ts'
import { type Prepared, prepare } from './cases.ts'
import type { Example } from './conversation.ts'
import { crossValidate, findOtherwise, type Measured, mean, validate } from './cross-validate.ts'
import { createKnowledge, type Learnt } from './knowledge.ts'
import type { Case } from './memory.ts'
import { seededShuffle } from './shuffle.ts'
import { emptyWeights, normOf, weighByEvidence, weighByRarity } from './weights.ts'

export type Lessons = {
  examples: readonly Example[]
  validation: readonly Example[]
  seed: number
  epochs: number
  batchSize: number
}
export type Step = {
  step: number
  totalSteps: number
  train: Measured
  valid: Measured | null
  /** The whole validation set, measured at the end of an epoch. */
  epochEnd: { valid: Measured | null } | null
}

/** With 100,000 rows a sample tells the error as well as all of them. */
const MAX_MEASURED = 2_000
/** More rows than a small batch holds, so that a step's figures aren't chance alone. */
const MEASURED_A_STEP = 8
const MAX_VALIDATED = 400
const VALIDATIONS_A_JOB = 40

/** Learns examples at once: for a model that is read from its file. */
export async function learnAll(examples: readonly Example[], yieldTurn: Yielder): Promise<Learnt> {
  const prepared = await prepare(examples, yieldTurn)
  for (const caseId of prepared.memory.cases.keys()) prepared.memory.learn(caseId)
  return settle(prepared, yieldTurn)
}

async function settle(prepared: Prepared, yieldTurn: Yielder): Promise<Learnt> {
  const weights = await weighByEvidence(prepared, yieldTurn)
  return { prepared, weights, otherwise: await findOtherwise(prepared, weights, yieldTurn) }
}

/**
 * Learns examples step by step. In the first epoch each batch is measured by what was learnt before it, then
 * remembered. After that, features are weighed by what they told, and later epochs measure each row without its own
 * vote.
 */
export async function* learn(lessons: Lessons, yieldTurn: Yielder): AsyncGenerator<Step, Learnt> {
  const { examples, validation, epochs, batchSize } = lessons
  const prepared = await prepare(examples, yieldTurn)
  const { memory, caseOf } = prepared
  const stepsAnEpoch = Math.max(1, Math.ceil(examples.length / batchSize))
  const totalSteps = stepsAnEpoch * epochs
  const measuredAStep = Math.min(examples.length, MEASURED_A_STEP, Math.max(1, Math.floor(MAX_MEASURED / totalSteps)))
  const validateEvery = Math.ceil(totalSteps / VALIDATIONS_A_JOB)
  const shuffle = seededShuffle(lessons.seed)
  const isLearnt = new Set<number>()
  let learnt: Learnt = { prepared, weights: emptyWeights(prepared), otherwise: null }
  const casesOf = (rows: Int32Array) => [...new Set(rows)].map((row) => caseOf[row] as number)

  const remember = (caseId: number) => {
    if (isLearnt.has(caseId)) return
    isLearnt.add(caseId)
    memory.learn(caseId)
    const found = memory.cases[caseId] as Case
    weighByRarity(memory, found.features, learnt.weights)
    learnt.weights.norms[caseId] = normOf(found, learnt.weights)
  }
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const rows = shuffle(examples.length)
    for (let i = 0; i < stepsAnEpoch; i += 1) {
      const batch = rows.subarray(i * batchSize, (i + 1) * batchSize)
      const measured: Measured[] = []
      for (let k = 0; k < measuredAStep; k += 1) {
        await yieldTurn()
        const row = rows[(i * batchSize + k) % rows.length] as number
        if (epoch === 0) weighByRarity(memory, memory.cases[caseOf[row] as number]?.features ?? [], learnt.weights)
        measured.push(crossValidate(prepared, learnt.weights, row))
      }
      if (epoch === 0) for (const caseId of casesOf(batch)) remember(caseId)
      const step = epoch * stepsAnEpoch + i + 1
      const isLast = i === stepsAnEpoch - 1
      const sample = (step * MEASURED_A_STEP) % Math.max(1, validation.length)
      const valid =
        step % validateEvery === 0
          ? await validate(createKnowledge(learnt), validation.slice(sample, sample + MEASURED_A_STEP), yieldTurn)
          : null
      if (isLast && epoch === 0) learnt = await settle(prepared, yieldTurn)
      const epochEnd = isLast
        ? { valid: await validate(createKnowledge(learnt), validation.slice(0, MAX_VALIDATED), yieldTurn) }
        : null
      yield { step, totalSteps, train: mean(measured), valid, epochEnd }
    }
  }
  return learnt
}
