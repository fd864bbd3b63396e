import { setTimeout as wait } from 'node:timers/promises'
import type { LimitFunction } from 'p-limit'
import type { Files } from './files.ts'
import { newId, nowSeconds } from './ids.ts'
import { addEvent, type JobRecord, ORGANIZATION, setHyperparameters } from './job-record.ts'
import { type Settings, settle } from './job-request.ts'
import type { Example } from './learner/conversation.ts'
import type { Learnt } from './learner/knowledge.ts'
import { learn, type Step } from './learner/learn.ts'
import type { Models } from './models.ts'
import { readTrainingFile, type TrainingFile, tellFaults } from './training-file.ts'
import { createYielder } from './yielding.ts'

/** Why a job could not succeed, as its `error` tells it. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure'
  readonly told: { code: string; message: string; param: string | null }

  constructor(told: { code: string; message: string; param: string | null }) {
    super(told.message)
    this.told = told
  }
}

export type RunDeps = {
  files: Files
  models: Models
  stepDelayMs: number
  oneAtATime: LimitFunction
  signal: AbortSignal
  /** Writes the record as it is now. */
  save(): Promise<void>
}

const MIN_ROWS = 10
/** A job of many steps tells of some of them only. */
const MAX_METRICS = 200
const MAX_CHECKPOINTS = 3
/** Training on top of a model changes it: what comes later counts more than what it knew. */
const LATER_COUNTS = 4

async function readFile(
  record: JobRecord,
  parts: RunDeps,
  param: 'training_file' | 'validation_file',
): Promise<TrainingFile | null> {
  const id = record.job[param]
  if (id === null) return null
  const told = param.replace('_', ' ')
  addEvent(record, `Validating ${told}: ${id}`)
  const read = await readTrainingFile(parts.files.pathOf(id), record.job.method.type, createYielder(parts.signal))
  const fail = (code: string, why: string) => {
    throw new JobFailure({ code, param, message: `The job failed due to an invalid ${told}. ${why}` })
  }
  if (read.faults.length > 0) {
    for (const { line, code, message } of read.faults) {
      addEvent(record, `${told}, line ${line}: ${message}`, { level: 'error', data: { line, code } })
    }
    fail('invalid_file_format', `Invalid file format. ${tellFaults(read.faults, read.moreFaults)}`)
  }
  if (param === 'training_file' && read.rows < MIN_ROWS) {
    fail('invalid_n_examples', `It has ${read.rows} example(s), but must have at least ${MIN_ROWS} examples.`)
  }
  if (read.examples.length === 0) fail('nothing_to_learn', 'None of its messages is to be learnt.')
  return read
}

function warnOfShared(record: JobRecord, training: TrainingFile, validation: TrainingFile | null): void {
  const shared = [...(validation?.lineOf ?? [])].filter(([row]) => training.lineOf.has(row)).map(([, line]) => line)
  if (shared.length === 0) return
  const message = `${shared.length} row(s) of the validation file also stand in the training file; its loss flatters the model`
  addEvent(record, message, { level: 'warn', data: { lines: shared.slice(0, MAX_METRICS) } })
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000

function metricsOf({ step, totalSteps, train, valid, epochEnd }: Step): Record<string, number> {
  return {
    step,
    total_steps: totalSteps,
    train_loss: rounded(train.loss),
    train_mean_token_accuracy: rounded(train.accuracy),
    ...(valid ? { valid_loss: rounded(valid.loss), valid_mean_token_accuracy: rounded(valid.accuracy) } : {}),
    ...(epochEnd?.valid
      ? {
          full_valid_loss: rounded(epochEnd.valid.loss),
          full_valid_mean_token_accuracy: rounded(epochEnd.valid.accuracy),
        }
      : {}),
  }
}

function tellStep(record: JobRecord, step: Step): void {
  const every = Math.ceil(step.totalSteps / MAX_METRICS)
  if (step.step % every !== 0 && !step.epochEnd && !step.valid) return
  const losses = [`training loss=${step.train.loss.toFixed(2)}`]
  if (step.valid) losses.push(`validation loss=${step.valid.loss.toFixed(2)}`)
  if (step.epochEnd?.valid) losses.push(`full validation loss=${step.epochEnd.valid.loss.toFixed(2)}`)
  const message = `Step ${step.step}/${step.totalSteps}: ${losses.join(', ')}`
  addEvent(record, message, { type: 'metrics', data: metricsOf(step) })
}

function addCheckpoints(record: JobRecord, model: string, epochEnds: readonly Step[]): string[] {
  return epochEnds.map((step) => {
    const id = `${model}:ckpt-step-${step.step}`
    const { step: _, total_steps: __, valid_loss: ___, valid_mean_token_accuracy: ____, ...measured } = metricsOf(step)
    record.checkpoints.push({
      object: 'fine_tuning.job.checkpoint',
      id: newId('ftckpt_'),
      created_at: nowSeconds(),
      fine_tuned_model_checkpoint: id,
      fine_tuning_job_id: record.job.id,
      step_number: step.step,
      metrics: {
        step: step.step,
        train_loss: step.train.loss,
        train_mean_token_accuracy: step.train.accuracy,
        ...measured,
      },
    })
    return id
  })
}

async function train(
  record: JobRecord,
  parts: RunDeps,
  examples: readonly Example[],
  validation: readonly Example[],
  settings: Settings,
): Promise<{ learnt: Learnt; epochEnds: Step[]; table: string }> {
  const epochEnds: Step[] = []
  const table = ['step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy']
  const lessons = {
    examples,
    validation,
    seed: record.job.seed,
    epochs: settings.nEpochs,
    batchSize: settings.batchSize,
  }
  const steps = learn(lessons, createYielder(parts.signal))
  for (;;) {
    const next = await steps.next()
    if (next.done) return { learnt: next.value, epochEnds, table: `${table.join('\n')}\n` }
    const step = next.value
    parts.signal.throwIfAborted()
    tellStep(record, step)
    table.push(
      [step.step, rounded(step.train.loss), rounded(step.train.accuracy), step.valid?.loss, step.valid?.accuracy].join(
        ',',
      ),
    )
    if (step.epochEnd) {
      epochEnds.push(step)
      if (epochEnds.length > MAX_CHECKPOINTS) epochEnds.shift()
    }
    if (parts.stepDelayMs > 0) await wait(parts.stepDelayMs, undefined, { signal: parts.signal })
  }
}

/** Takes a job from its files to its model; throws `JobFailure` for what its owner can repair. */
export async function runTraining(record: JobRecord, parts: RunDeps): Promise<void> {
  const { job } = record
  const training = await readFile(record, parts, 'training_file')
  const validation = await readFile(record, parts, 'validation_file')
  if (!training) return
  warnOfShared(record, training, validation)
  job.status = 'queued'
  addEvent(record, 'Files validated, moving job to queued state')
  await parts.save()
  await parts.oneAtATime(async () => {
    parts.signal.throwIfAborted()
    job.status = 'running'
    const settings = settle(job.hyperparameters, training.rows)
    setHyperparameters(job, {
      n_epochs: settings.nEpochs,
      batch_size: settings.batchSize,
      learning_rate_multiplier: settings.learningRate,
    })
    addEvent(record, 'Fine-tuning job started')
    await parts.save()
    const before = await parts.models.examplesOf(job.model)
    const later = training.examples.map((one) => ({
      ...one,
      weight: before.length > 0 ? one.weight * LATER_COUNTS : one.weight,
    }))
    const { learnt, epochEnds, table } = await train(
      record,
      parts,
      [...before, ...later],
      validation?.examples ?? [],
      settings,
    )
    const base = parts.models.baseOf(job.model)
    const model = `ft:${base}:${ORGANIZATION}:${job.user_provided_suffix ?? ''}:${newId('', 8)}`
    // The last epoch's checkpoint is the model itself.
    const checkpoints = addCheckpoints(record, model, epochEnds.slice(0, -1))
    for (const { step_number: step } of record.checkpoints) addEvent(record, `Checkpoint created at step ${step}`)
    parts.signal.throwIfAborted()
    await parts.models.keep({
      id: model,
      base,
      created: nowSeconds(),
      checkpoints,
      learnt,
    })
    if (parts.signal.aborted) await parts.models.remove(model)
    parts.signal.throwIfAborted()
    const results = await parts.files.receive(toBytes(table))
    job.result_files = [(await parts.files.keep(results, 'step_metrics.csv', 'fine-tune-results')).id]
    job.fine_tuned_model = model
    job.trained_tokens = training.tokens * settings.nEpochs
    addEvent(record, `New fine-tuned model created: ${model}`)
    addEvent(record, 'The job has successfully completed')
  })
}

async function* toBytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
