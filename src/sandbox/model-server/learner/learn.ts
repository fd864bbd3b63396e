import type { Pace } from '../pace.ts'
import type { Example } from './conversation.ts'
import { agreement, createExaminer, lossOf, type Measured, mean, wordsOf } from './examine.ts'
import { createKnowledge, type Knowledge, type Learnt, shareOf } from './knowledge.ts'
import { findLimits, HIGHEST_BAR, type Limits } from './limits.ts'
import type { Case } from './memory.ts'
import { prepare } from './prepare.ts'
import { seededShuffle } from './shuffle.ts'
import { tune } from './tune.ts'
import { emptyWeights, normOf, setNorms, weighByRarity, weighByWhatTheyTell } from './weights.ts'

export type Lessons = {
  examples: readonly Example[]
  validation: readonly Example[]
  seed: number
  epochs: number
  batchSize: number
  /** Scales how far a wrong answer moves the weights. */
  learningRate: number
}
export type Step = {
  step: number
  totalSteps: number
  train: Measured
  valid: Measured | null
  /** At the end of an epoch: what is known then, and the whole validation set measured by it. */
  epochEnd: { learnt: Learnt; valid: Measured | null } | null
}

/** So many left-out examinations a job: with 100,000 rows a sample tells the error as well as all of them. */
const MAX_EXAMINED = 2_000
/** More rows than a small batch holds, so that the figures of a step are not chance alone. */
const EXAMINED_A_STEP = 8
const MAX_VALIDATED = 400
const VALIDATED_A_STEP = 8
const VALIDATIONS_A_JOB = 40

/** Asks what was never trained on, and compares. */
async function validate(knowledge: Knowledge, examples: readonly Example[], pace: Pace): Promise<Measured | null> {
  if (examples.length === 0) return null
  const measured: Measured[] = []
  for (const example of examples) {
    await pace()
    const recalled = knowledge.recall(example)
    const right = recalled ? agreement(wordsOf(recalled.text), wordsOf(example.output)) : 0
    measured.push({ loss: lossOf(right, recalled?.similarity ?? 0), accuracy: right })
  }
  return mean(measured)
}

/**
 * Learns the examples, step by step. In the first epoch each batch is examined by what was learnt before it and then
 * remembered; then features are weighed by what they told; in later epochs each row is examined without its own vote
 * and its errors move the weights. Every figure is measured on the learner as it stands at that step.
 */
export async function* learn(lessons: Lessons, pace: Pace): AsyncGenerator<Step, Learnt> {
  const { examples, validation, epochs, batchSize } = lessons
  const prepared = await prepare(examples, pace)
  const { memory } = prepared
  const shared = shareOf(prepared)
  const totalSteps = Math.max(1, Math.ceil(examples.length / batchSize)) * epochs
  const examinedAStep = Math.min(examples.length, Math.max(1, Math.floor(MAX_EXAMINED / totalSteps)), EXAMINED_A_STEP)
  const validateEvery = Math.max(1, Math.ceil(totalSteps / VALIDATIONS_A_JOB))
  const shuffle = seededShuffle(lessons.seed)
  const isLearnt = new Uint8Array(memory.cases.length)
  const caseOf = (row: number) => prepared.caseOf[row] as number
  let weights = emptyWeights(memory, prepared.names.length)
  let start = weights
  let limits: Limits = { bar: HIGHEST_BAR, otherwise: null }
  let step = 0

  const learnCase = (caseId: number) => {
    if (isLearnt[caseId]) return
    isLearnt[caseId] = 1
    memory.learn(caseId)
    const found = memory.cases[caseId] as Case
    weighByRarity(memory, found.features, weights)
    weights.norms[caseId] = normOf(found, weights)
  }
  const endEpoch = async (epoch: number): Promise<NonNullable<Step['epochEnd']>> => {
    if (epoch === 0) {
      weights = await weighByWhatTheyTell(memory, prepared.names, prepared.openShapes, pace)
      start = { byFeature: weights.byFeature.slice(), norms: weights.norms }
    } else setNorms(memory, weights)
    limits = await findLimits(prepared, weights, pace)
    const now = { byFeature: weights.byFeature.slice(), norms: weights.norms.slice() }
    const learnt: Learnt = { prepared, weights: now, limits, shared }
    return { learnt, valid: await validate(createKnowledge(learnt), validation.slice(0, MAX_VALIDATED), pace) }
  }

  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const rows = shuffle(examples.length)
    const examine = createExaminer(prepared, weights)
    for (let at = 0; at < rows.length; at += batchSize) {
      step += 1
      const batch = rows.subarray(at, at + batchSize)
      const measured: Measured[] = []
      for (let i = 0; i < examinedAStep; i += 1) {
        await pace()
        const row = rows[(at + i) % rows.length] as number
        if (epoch === 0) weighByRarity(memory, memory.cases[caseOf(row)]?.features ?? [], weights)
        const examined = examine(row)
        measured.push(examined)
        if (epoch > 0 && i < batch.length) tune(prepared, weights, start, row, examined, lessons.learningRate)
      }
      if (epoch === 0) for (const row of batch) learnCase(caseOf(row))
      const sample = (step * VALIDATED_A_STEP) % Math.max(1, validation.length)
      const isDue = validation.length > 0 && step % validateEvery === 0
      yield {
        step,
        totalSteps,
        train: mean(measured),
        valid: isDue
          ? await validate(
              createKnowledge({ prepared, weights, limits, shared }),
              validation.slice(sample, sample + VALIDATED_A_STEP),
              pace,
            )
          : null,
        epochEnd: at + batchSize >= rows.length ? await endEpoch(epoch) : null,
      }
    }
  }
  return { prepared, weights, limits, shared }
}
