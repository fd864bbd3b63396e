import { z } from 'zod'
import { newId, nowSeconds } from './ids.ts'
import type { JobRequest } from './job-request.ts'
import { wantedHyperparameters } from './job-request.ts'

const Event = z.object({
  object: z.literal('fine_tuning.job.event'),
  id: z.string(),
  created_at: z.number(),
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  type: z.enum(['message', 'metrics']),
  data: z.record(z.string(), z.unknown()).nullable(),
})
const Metrics = z.object({
  step: z.number(),
  train_loss: z.number(),
  train_mean_token_accuracy: z.number(),
  full_valid_loss: z.number().optional(),
  full_valid_mean_token_accuracy: z.number().optional(),
})
const Checkpoint = z.object({
  object: z.literal('fine_tuning.job.checkpoint'),
  id: z.string(),
  created_at: z.number(),
  fine_tuned_model_checkpoint: z.string(),
  fine_tuning_job_id: z.string(),
  step_number: z.number(),
  metrics: Metrics,
})
const Hyperparameters = z.record(z.string(), z.union([z.literal('auto'), z.number()]))
const Method = z.object({
  type: z.enum(['supervised', 'dpo']),
  supervised: z.object({ hyperparameters: Hyperparameters }).optional(),
  dpo: z.object({ hyperparameters: Hyperparameters }).optional(),
})
const Job = z.object({
  object: z.literal('fine_tuning.job'),
  id: z.string(),
  created_at: z.number(),
  finished_at: z.number().nullable(),
  estimated_finish: z.number().nullable(),
  status: z.enum(['validating_files', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled']),
  model: z.string(),
  fine_tuned_model: z.string().nullable(),
  organization_id: z.string(),
  training_file: z.string(),
  validation_file: z.string().nullable(),
  result_files: z.array(z.string()),
  seed: z.number(),
  trained_tokens: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string(), param: z.string().nullable() }).nullable(),
  hyperparameters: Hyperparameters,
  method: Method,
  integrations: z.array(z.unknown()),
  metadata: z.record(z.string(), z.string()).nullable(),
  user_provided_suffix: z.string().nullable(),
})

/** A job with all that is told of it, as it lies in the folder. */
export const JobRecord = z.object({
  job: Job,
  /** The oldest first. */
  events: z.array(Event),
  checkpoints: z.array(Checkpoint),
  /** The order of jobs made within one second. */
  serial: z.number(),
})
export type JobRecord = z.infer<typeof JobRecord>
export type JobObject = z.infer<typeof Job>
export type JobEvent = z.infer<typeof Event>
export type JobCheckpoint = z.infer<typeof Checkpoint>

export const ORGANIZATION = 'sandbox'

const HYPERPARAMETERS = ['n_epochs', 'batch_size', 'learning_rate_multiplier'] as const

/** The job's hyperparameters stand in two places of its object. */
export function setHyperparameters(job: JobObject, values: z.infer<typeof Hyperparameters>): void {
  job.hyperparameters = { ...job.hyperparameters, ...values }
  job.method = { type: job.method.type, [job.method.type]: { hyperparameters: job.hyperparameters } }
}

export function newJobRecord(request: JobRequest, seed: number, serial: number): JobRecord {
  const type = request.method?.type ?? 'supervised'
  const job: JobObject = {
    object: 'fine_tuning.job',
    id: newId('ftjob-'),
    created_at: nowSeconds(),
    finished_at: null,
    estimated_finish: null,
    status: 'validating_files',
    model: request.model,
    fine_tuned_model: null,
    organization_id: ORGANIZATION,
    training_file: request.training_file,
    validation_file: request.validation_file ?? null,
    result_files: [],
    seed,
    trained_tokens: null,
    error: null,
    hyperparameters: {},
    method: { type },
    integrations: request.integrations ?? [],
    metadata: request.metadata ?? null,
    user_provided_suffix: request.suffix ?? null,
  }
  const wanted = wantedHyperparameters(request)
  setHyperparameters(job, Object.fromEntries(HYPERPARAMETERS.map((name) => [name, wanted[name] ?? 'auto'])))
  if (type === 'dpo') setHyperparameters(job, { beta: wanted.beta ?? 'auto' })
  return { job, events: [], checkpoints: [], serial }
}

export function addEvent(
  record: JobRecord,
  message: string,
  more: Partial<Pick<JobEvent, 'level' | 'type' | 'data'>> = {},
): void {
  record.events.push({
    object: 'fine_tuning.job.event',
    id: newId('ftevent-'),
    created_at: nowSeconds(),
    level: more.level ?? 'info',
    message,
    type: more.type ?? 'message',
    data: more.data ?? null,
  })
}
