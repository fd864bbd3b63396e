import type { Fault } from '../feedback/formats/faults.ts'
import { AppError } from '../lib/errors.ts'

export class TrainingDataError extends AppError {
  override readonly name = 'TrainingDataError'
  readonly code = 'training_data_invalid'
  readonly remedy: string
  readonly faults: readonly Fault[]
  constructor(file: string, faults: readonly Fault[], faultCount: number = faults.length, options?: ErrorOptions) {
    super(`${file}: ${faultCount} faults`, options)
    this.faults = faults
    const list = faults
      .slice(0, 10)
      .map(({ line, name, message }) => `  ${line === null ? 'the file' : `line ${line}`}: ${message} (${name})`)
    const more = faultCount - list.length
    this.remedy = `${file} cannot be used for training. Mend these and try again:\n${list.join('\n')}${more > 0 ? `\n  and ${more} more` : ''}`
  }
}

export class DatasetUnusableError extends AppError {
  override readonly name = 'DatasetUnusableError'
  readonly code = 'dataset_unusable'
  readonly remedy: string
  constructor(file: string, why: string, options?: ErrorOptions) {
    super(`${file}: ${why}`, options)
    this.remedy = `${file} cannot be used: ${why}.`
  }
}

/** What a trainer can refuse, each with what to do about it. */
const TRAINER_REMEDIES = {
  trainer_unreachable:
    'The training server cannot be reached. Check OPENAI_BASE_URL and the network; a job that was started goes on, and “finetune watch” follows it again.',
  trainer_busy: 'The training server takes no more requests for now. Wait a minute and try again.',
  trainer_refused_key: 'The training server refused our key. Check OPENAI_API_KEY and what it may do.',
  trainer_quota:
    'The account has no money or quota left for training. Raise its limit at the provider, then try again.',
  trainer_closed:
    'The provider no longer takes fine-tuning jobs from this account. The same data trains elsewhere: set OPENAI_BASE_URL to another trainer, or train locally.',
  unknown_model: 'The training server cannot train this model. Check the name after --model, or BASE_MODEL.',
  unknown_job: 'The training server does not know this job. Check the id with “finetune list”.',
  no_training:
    'This server answers questions but does not train. Set OPENAI_BASE_URL to one that offers fine-tuning jobs.',
  trainer_unreadable:
    'What answers at OPENAI_BASE_URL does not speak the OpenAI API. Check the address; it usually ends in /v1.',
  job_refused: 'The training server refused the request.',
} as const

export type TrainerFault = keyof typeof TRAINER_REMEDIES

/** Where we read the server's words rather than a code, they are shown: we may have misread them. */
const QUOTED: ReadonlySet<TrainerFault> = new Set(['trainer_quota', 'trainer_closed', 'unknown_model', 'job_refused'])

export class TrainerError extends AppError {
  override readonly name = 'TrainerError'
  readonly code: TrainerFault
  readonly remedy: string
  constructor(code: TrainerFault, said: string, options?: ErrorOptions) {
    super(`${code}: ${said}`, options)
    this.code = code
    this.remedy = QUOTED.has(code) ? `${TRAINER_REMEDIES[code]} It said: ${said.slice(0, 300)}` : TRAINER_REMEDIES[code]
  }
}

/** Whether asking again may help. */
export function isPassing(error: unknown): error is TrainerError {
  return error instanceof TrainerError && (error.code === 'trainer_unreachable' || error.code === 'trainer_busy')
}

export class TrainingFailedError extends AppError {
  override readonly name = 'TrainingFailedError'
  readonly code = 'training_failed'
  readonly remedy: string
  constructor(job: { id: string; status: string; fault: string | null }) {
    super(`${job.id} ended as ${job.status}: ${job.fault ?? 'no reason given'}`)
    this.remedy =
      job.status === 'cancelled'
        ? `The job ${job.id} was cancelled, so there is no new model.`
        : `The job ${job.id} made no model. The server said: ${job.fault ?? 'nothing'}`
  }
}

export class DuplicateJobError extends AppError {
  override readonly name = 'DuplicateJobError'
  readonly code = 'duplicate_job'
  readonly remedy: string
  /** The job that is there already; null while another process is still starting it. */
  readonly job: { id: string; model: string | null } | null
  constructor(job: { id: string; status: string; model: string | null } | null) {
    super(`the same data and base model: ${job ? `${job.id} is ${job.status}` : 'being started'}`)
    this.job = job && { id: job.id, model: job.model }
    if (!job)
      this.remedy = 'The same data is being uploaded for training right now. Wait a minute and look at the jobs.'
    else if (job.model)
      this.remedy = `The same data was already trained on this base model: ${job.id} made ${job.model}.`
    else this.remedy = `The same data is already being trained on this base model: ${job.id} is ${job.status}.`
  }
}

export class EvaluationLeakError extends AppError {
  override readonly name = 'EvaluationLeakError'
  readonly code = 'evaluation_leak'
  readonly remedy: string
  constructor(positions: readonly number[]) {
    super(`${positions.length} evaluation rows stand in the training data`)
    const lines = positions.slice(0, 10).join(', ')
    this.remedy = `${positions.length} of these rows were trained on (rows ${lines}${positions.length > 10 ? ', …' : ''}), so the result would flatter the model. Take rows it has never seen.`
  }
}

export class UnknownEvaluationError extends AppError {
  override readonly name = 'UnknownEvaluationError'
  readonly code = 'unknown_evaluation'
  readonly remedy: string
  constructor(id: string) {
    super(`there is no evaluation ${id}`)
    this.remedy = `There is no evaluation ${id}. Run one first; its id stands in its report.`
  }
}

export class PromotionRefusedError extends AppError {
  override readonly name = 'PromotionRefusedError'
  readonly code = 'promotion_refused'
  readonly remedy: string
  constructor(why: string) {
    super(why)
    this.remedy = `Not promoted: ${why}.`
  }
}

export class AliasMovedError extends AppError {
  override readonly name = 'AliasMovedError'
  readonly code = 'alias_moved'
  readonly remedy: string
  constructor(alias: string) {
    super(`${alias} was moved by somebody else meanwhile`)
    this.remedy = `Somebody else moved ${alias} just now, so nothing was changed. Look at the models and decide again.`
  }
}
