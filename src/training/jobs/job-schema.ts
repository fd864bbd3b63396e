import { z } from 'zod'
import { TrainerError } from '../errors.ts'
import { errorMessageOf } from './provider-faults.ts'

/** Servers number their things or name them. */
const Id = z.union([z.string().min(1), z.number()]).transform(String)

/** What a trainer must say of a job, and what it may; servers leave out or null whatever they like. */
const RawJob = z.object({
  id: Id,
  status: z.string().nullish(),
  fine_tuned_model: z.string().nullish(),
  model: z.string().nullish(),
  training_file: Id.nullish().catch(null),
  metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
  error: z.unknown().optional(),
  trained_tokens: z.number().nullish().catch(null),
  estimated_finish: z.number().nullish().catch(null),
})

const RawEvent = z.object({
  created_at: z.number().nullish().catch(null),
  level: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
  data: z.unknown().optional(),
})

const OptionalNumber = z.number().nullish().catch(null)
/** By the names that trainers use: OpenAI's first. */
const Metrics = z.object({
  step: OptionalNumber,
  current_step: OptionalNumber,
  global_step: OptionalNumber,
  total_steps: OptionalNumber,
  max_steps: OptionalNumber,
  train_loss: OptionalNumber,
  training_loss: OptionalNumber,
  loss: OptionalNumber,
  valid_loss: OptionalNumber,
  validation_loss: OptionalNumber,
  eval_loss: OptionalNumber,
  full_valid_loss: OptionalNumber,
})
/** `Step 10/100: training loss=0.31, validation loss=0.40`, where the figures stand in the words alone. */
const STEP_MESSAGE = /^step (\d+)(?:\s*(?:\/|of)\s*(\d+))?\b.*?\bloss\s*[=:]\s*(\d+(?:\.\d+)?)/i

const Checkpoint = z.object({
  id: Id.nullish().catch(null),
  fine_tuned_model_checkpoint: z.string().min(1),
  step_number: OptionalNumber,
  metrics: z
    .object({ full_valid_loss: OptionalNumber, valid_loss: OptionalNumber, train_loss: OptionalNumber })
    .nullish()
    .catch(null),
})

const FINAL_STATUSES = ['succeeded', 'failed', 'cancelled'] as const
type FinalStatus = (typeof FINAL_STATUSES)[number]

/** A job as the trainer sees it now. */
export type JobState = {
  id: string
  /** OpenAI's word where the server uses one of the usual others, else its own. */
  status: string
  model: string | null
  fault: string | null
  baseModel: string | null
  trainingFile: string | null
  /** What we told the trainer of the data and the recipe, for knowing the job again. */
  dataSha256: string | null
  recipe: string | null
  trainedTokens: number | null
  estimatedFinish: Date | null
}

/** Our own keys in a job's metadata. */
export const METADATA_KEYS = { data: 'data_sha256', manifest: 'manifest_sha256', recipe: 'recipe' } as const

/** Something that happened in a job; `key` tells it from all others of the job. */
export type TrainerEvent = { key: string; at: Date | null } & (
  | { kind: 'message'; level: string; text: string }
  | { kind: 'step'; step: number; steps: number | null; loss: number | null; validationLoss: number | null }
)

const STATUS_SYNONYMS: Readonly<Record<string, FinalStatus>> = {
  success: 'succeeded',
  successful: 'succeeded',
  completed: 'succeeded',
  complete: 'succeeded',
  finished: 'succeeded',
  done: 'succeeded',
  error: 'failed',
  errored: 'failed',
  user_error: 'failed',
  failure: 'failed',
  failed_validation: 'failed',
  expired: 'failed',
  canceled: 'cancelled',
  stopped: 'cancelled',
  aborted: 'cancelled',
  terminated: 'cancelled',
}

function normalizeStatus(said: string | null | undefined): string {
  const plain = (said?.trim() || 'unknown')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
    .replace(/^job_state_/, '')
  return STATUS_SYNONYMS[plain] ?? plain
}

/** Reads a trainer's answer about a job. Throws {@link TrainerError} when it is none. */
export function parseJob(answer: unknown): JobState {
  const read = RawJob.safeParse(answer)
  if (!read.success) throw new TrainerError('trainer_unreadable', 'a job without an id', { cause: read.error })
  const { id, status, fine_tuned_model, model, training_file, metadata, error, trained_tokens } = read.data
  const ours = (key: string) => z.string().safeParse(metadata?.[key]).data ?? null
  return {
    id,
    status: normalizeStatus(status),
    model: fine_tuned_model || null,
    fault: errorMessageIn(error),
    baseModel: model ?? null,
    trainingFile: training_file ?? null,
    dataSha256: ours(METADATA_KEYS.data),
    recipe: ours(METADATA_KEYS.recipe),
    trainedTokens: trained_tokens ?? null,
    estimatedFinish: read.data.estimated_finish ? new Date(read.data.estimated_finish * 1000) : null,
  }
}

function errorMessageIn(error: unknown): string | null {
  const said = errorMessageOf(error)
  return said?.message ?? z.object({ code: z.string().min(1) }).safeParse(error).data?.code ?? null
}

/** The items of a list, however a server wraps it; null when it is none. */
export function listItems(answer: unknown): readonly unknown[] | null {
  if (Array.isArray(answer)) return answer
  const wrapped = z.object({ data: z.array(z.unknown()) }).safeParse(answer)
  return wrapped.success ? wrapped.data.data : null
}

/** A model as it was at an earlier step. */
export type JobCheckpoint = { model: string; step: number | null; loss: number | null; validationLoss: number | null }

/** Reads one checkpoint; null when no model could be asked by it. */
export function parseCheckpoint(answer: unknown): JobCheckpoint | null {
  const read = Checkpoint.safeParse(answer)
  if (!read.success) return null
  const { fine_tuned_model_checkpoint: model, step_number, metrics } = read.data
  return {
    model,
    step: step_number ?? null,
    loss: metrics?.train_loss ?? null,
    validationLoss: metrics?.full_valid_loss ?? metrics?.valid_loss ?? null,
  }
}

export function isFinal(status: string): status is FinalStatus {
  return FINAL_STATUSES.some((final) => final === status)
}

/** Reads one event; null when there is nothing in it that could be shown. */
export function parseEvent(answer: unknown): TrainerEvent | null {
  const read = RawEvent.safeParse(answer)
  if (!read.success) return null
  const { created_at, level, message, data } = read.data
  const common = {
    // Not by its id: not every server gives one, and some list the same twice under two.
    key: JSON.stringify([created_at, message, data]),
    at: created_at ? new Date(created_at * 1000) : null,
  }
  const figures = stepMetricsIn(data) ?? parseStepMessage(message)
  if (figures) return { ...common, kind: 'step', ...figures }
  return message ? { ...common, kind: 'message', level: level ?? 'info', text: message } : null
}

type StepMetrics = { step: number; steps: number | null; loss: number | null; validationLoss: number | null }

function stepMetricsIn(data: unknown): StepMetrics | null {
  const read = Metrics.safeParse(data)
  if (!read.success) return null
  const { step, current_step, global_step, total_steps, max_steps, train_loss, training_loss, loss } = read.data
  const at = step ?? current_step ?? global_step
  if (at === null || at === undefined) return null
  const { valid_loss, validation_loss, eval_loss, full_valid_loss } = read.data
  return {
    step: at,
    steps: total_steps ?? max_steps ?? null,
    loss: train_loss ?? training_loss ?? loss ?? null,
    validationLoss: full_valid_loss ?? valid_loss ?? validation_loss ?? eval_loss ?? null,
  }
}

function parseStepMessage(message: string | null | undefined): StepMetrics | null {
  const [found, step, steps, loss] = STEP_MESSAGE.exec(message ?? '') ?? []
  if (!found) return null
  return { step: Number(step), steps: steps ? Number(steps) : null, loss: Number(loss), validationLoss: null }
}

/** By time, whatever order a server lists them in; steps of the same second by their number. */
export function sortEvents(events: readonly TrainerEvent[]): TrainerEvent[] {
  return events.toSorted((a, b) => {
    const later = (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0)
    return later || (a.kind === 'step' && b.kind === 'step' ? a.step - b.step : 0)
  })
}
