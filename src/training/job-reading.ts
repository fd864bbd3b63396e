import { z } from 'zod'
import { TrainerError } from './errors.ts'

/** What a trainer must say of a job, and what it may; servers leave out or null whatever they like. */
const ForeignJob = z.object({
  id: z.string().min(1),
  status: z.string().nullish(),
  fine_tuned_model: z.string().nullish(),
  model: z.string().nullish(),
  training_file: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  error: z.union([z.string(), z.object({ code: z.string().nullish(), message: z.string().nullish() })]).nullish(),
})

const ForeignEvent = z.object({
  id: z.string().nullish(),
  created_at: z.number().nullish(),
  level: z.string().nullish(),
  message: z.string().nullish(),
  type: z.string().nullish(),
  data: z.unknown(),
})

const Metrics = z.object({
  step: z.number(),
  total_steps: z.number().nullish(),
  train_loss: z.number().nullish(),
  valid_loss: z.number().nullish(),
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
  /** What we told the trainer of the data, for knowing the job again. */
  dataSha256: string | null
}

/** Our own key in a job's metadata. */
export const DATA_SHA256 = 'data_sha256'

/** Something that happened in a job; `key` tells it from all others of the job. */
export type TrainerEvent = { key: string; at: Date | null } & (
  | { kind: 'message'; level: string; text: string }
  | { kind: 'step'; step: number; steps: number | null; loss: number | null; validationLoss: number | null }
)

const SAME_STATUS: Readonly<Record<string, FinalStatus>> = {
  success: 'succeeded',
  completed: 'succeeded',
  complete: 'succeeded',
  error: 'failed',
  canceled: 'cancelled',
}

/** Reads a trainer's answer about a job. Throws {@link TrainerError} when it is none. */
export function readJob(answer: unknown): JobState {
  const read = ForeignJob.safeParse(answer)
  if (!read.success) throw new TrainerError('trainer_unreadable', 'a job without an id', { cause: read.error })
  const { id, status, fine_tuned_model, model, training_file, metadata, error } = read.data
  const dataSha256 = metadata?.[DATA_SHA256]
  const plain = (status ?? 'unknown').toLowerCase()
  return {
    id,
    status: SAME_STATUS[plain] ?? plain,
    model: fine_tuned_model || null,
    fault: (typeof error === 'string' ? error : (error?.message ?? error?.code)) || null,
    baseModel: model ?? null,
    trainingFile: training_file ?? null,
    dataSha256: typeof dataSha256 === 'string' ? dataSha256 : null,
  }
}

export function isFinal(status: string): status is FinalStatus {
  return FINAL_STATUSES.some((final) => final === status)
}

/** Reads one event; null when there is nothing in it that could be shown. */
export function readEvent(answer: unknown): TrainerEvent | null {
  const read = ForeignEvent.safeParse(answer)
  if (!read.success) return null
  const { id, created_at, level, message, data } = read.data
  const metrics = Metrics.safeParse(data)
  const common = {
    key: id ?? JSON.stringify([created_at, message, data]),
    at: created_at ? new Date(created_at * 1000) : null,
  }
  if (metrics.success) {
    const { step, total_steps, train_loss, valid_loss } = metrics.data
    return {
      ...common,
      kind: 'step',
      step,
      steps: total_steps ?? null,
      loss: train_loss ?? null,
      validationLoss: valid_loss ?? null,
    }
  }
  return message ? { ...common, kind: 'message', level: level ?? 'info', text: message } : null
}

/** By time, whatever order a server lists them in; steps of the same second by their number. */
export function inOrder(events: readonly TrainerEvent[]): TrainerEvent[] {
  return events.toSorted((a, b) => {
    const later = (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0)
    return later || (a.kind === 'step' && b.kind === 'step' ? a.step - b.step : 0)
  })
}
