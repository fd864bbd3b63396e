import type { Fault } from '../formats/faults.ts'
import { AppError } from '../lib/errors.ts'

export class TrainingDataError extends AppError {
  readonly faults: readonly Fault[]
  constructor(file: string, faults: readonly Fault[], faultCount: number = faults.length, options?: ErrorOptions) {
    const list = faults
      .slice(0, 10)
      .map(({ line, name, message }) => `  ${line === null ? 'the file' : `line ${line}`}: ${message} (${name})`)
    const more = faultCount - list.length
    super({
      code: 'training_data_invalid',
      message: `${file}: ${faultCount} faults`,
      remedy: `${file} cannot be used for training. Mend these and try again:\n${list.join('\n')}${more > 0 ? `\n  and ${more} more` : ''}`,
      ...options,
    })
    this.faults = faults
  }
}

/** What was found is told before; this ends the command. */
export class DatasetInvalidError extends AppError {
  constructor(found: readonly string[]) {
    super({
      code: 'dataset_faulty',
      message: found.join(', '),
      remedy: `${found.join(', ')}. Mend them before training.`,
    })
  }
}

export class ValidationLeakError extends AppError {
  constructor(validation: string, count: number, lines: readonly number[]) {
    const listed = lines.slice(0, 10).join(', ')
    super({
      code: 'shared_rows',
      message: `${count} training rows stand in ${validation} too`,
      remedy: `${validation} asks what is trained on (its lines ${listed}${count > 10 ? ', …' : ''}), so its loss would say nothing. Take rows of its own for it; "hydrocore dataset split" makes two such files.`,
    })
  }
}

export class DatasetUnusableError extends AppError {
  constructor(file: string, why: string, options?: ErrorOptions) {
    super({
      code: 'dataset_unusable',
      message: `${file}: ${why}`,
      remedy: `${file} cannot be used: ${why}.`,
      ...options,
    })
  }
}

export class BundleUnusableError extends AppError {
  constructor(folder: string, why: string, options?: ErrorOptions) {
    super({
      code: 'bundle_unusable',
      message: `${folder}: ${why}`,
      remedy: `The bundle ${folder} cannot be used: ${why}.`,
      ...options,
    })
  }
}

/** What a trainer can refuse, each with what to do about it. */
const TRAINER_REMEDIES = {
  trainer_unreachable:
    'The training server cannot be reached. Check OPENAI_BASE_URL and the network; a job that was started goes on, and “finetune watch” follows it again.',
  trainer_moved:
    'The training server sends uploads on to another address, which a file cannot follow. Set OPENAI_BASE_URL to that address; often it is the same with https://.',
  trainer_busy: 'The training server takes no more requests for now. Wait a minute and try again.',
  trainer_refused_key: 'The training server refused our key. Check OPENAI_API_KEY and what it may do.',
  trainer_quota:
    'The account has no money or quota left for training. Raise its limit at the provider, then try again.',
  trainer_closed:
    'The provider no longer takes fine-tuning jobs from this account. The same data trains elsewhere: set OPENAI_BASE_URL to another trainer, or train on your own machine with --driver local.',
  unknown_model: 'The training server cannot train this model. Check the name after --model, or BASE_MODEL.',
  unknown_job: 'The training server does not know this job. Check the id with “finetune list”.',
  no_training:
    'This server answers questions but does not train. Set OPENAI_BASE_URL to one that offers fine-tuning jobs, or train on your own machine with --driver local.',
  file_not_ready: 'The training server is still busy with the uploaded file. Try again in a few minutes.',
  cannot_pause: 'This training server cannot pause jobs. The job goes on as it is; “finetune cancel” would end it.',
  trainer_unreadable:
    'What answers at OPENAI_BASE_URL does not speak the OpenAI API. Check the address; it usually ends in /v1.',
  job_refused: 'The training server refused the request.',
} as const

export type TrainerErrorCode = keyof typeof TRAINER_REMEDIES

/** Where we read the server's words rather than a code, they are shown: we may have misread them. */
const CODES_WITH_SERVER_MESSAGE: ReadonlySet<TrainerErrorCode> = new Set([
  'trainer_quota',
  'trainer_closed',
  'unknown_model',
  'job_refused',
])

export class TrainerError extends AppError<TrainerErrorCode> {
  /** How long the server wants to be left alone; null where it does not say. */
  readonly retryAfterMs: number | null
  constructor(code: TrainerErrorCode, said: string, options: ErrorOptions & { retryAfterMs?: number | null } = {}) {
    super({
      code,
      message: `${code}: ${said}`,
      remedy: CODES_WITH_SERVER_MESSAGE.has(code)
        ? `${TRAINER_REMEDIES[code]} It said: ${said.slice(0, 300)}`
        : TRAINER_REMEDIES[code],
      ...options,
    })
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

const TRANSIENT_CODES: ReadonlySet<TrainerErrorCode> = new Set([
  'trainer_unreachable',
  'trainer_busy',
  'file_not_ready',
])

/** Whether asking again may help. */
export function isTransient(error: unknown): error is TrainerError {
  return error instanceof TrainerError && TRANSIENT_CODES.has(error.code)
}

export class TrainingFailedError extends AppError {
  constructor(job: { id: string; status: string; fault: string | null }) {
    super({
      code: 'training_failed',
      message: `${job.id} ended as ${job.status}: ${job.fault ?? 'no reason given'}`,
      remedy:
        job.status === 'cancelled'
          ? `The job ${job.id} was cancelled, so there is no new model.`
          : `The job ${job.id} made no model. The server said: ${job.fault ?? 'nothing'}`,
    })
  }
}

type KnownJob = { id: string; status: string; model: string | null }

export class DuplicateJobError extends AppError {
  /** The job that is there already; null while another process is still starting it. */
  readonly job: { id: string; model: string | null } | null
  constructor(job: KnownJob | null) {
    super({
      code: 'duplicate_job',
      message: `the same data and base model: ${job ? `${job.id} is ${job.status}` : 'being started'}`,
      remedy: duplicateRemedy(job),
    })
    this.job = job && { id: job.id, model: job.model }
  }
}

function duplicateRemedy(job: KnownJob | null): string {
  if (!job) return 'The same data is being uploaded for training right now. Wait a minute and look at the jobs.'
  if (job.model)
    return `The same data was already trained on this base model: ${job.id} made ${job.model}. To train it once more, add --again.`
  return `The same data is already being trained on this base model: ${job.id} is ${job.status}. Follow it with “finetune watch ${job.id}”.`
}

export class EvaluationLeakError extends AppError {
  constructor(positions: readonly number[]) {
    const lines = positions.slice(0, 10).join(', ')
    super({
      code: 'evaluation_leak',
      message: `${positions.length} evaluation rows stand in the training data`,
      remedy: `${positions.length} of these rows were trained on (rows ${lines}${positions.length > 10 ? ', …' : ''}), so the result would flatter the model. Take rows it has never seen.`,
    })
  }
}

export class EvaluationInterruptedError extends AppError {
  constructor(options?: ErrorOptions) {
    super({
      code: 'evaluation_interrupted',
      message: 'too many rows in a row could not be asked',
      remedy:
        'The model server cannot be reached or takes no more requests for now, so the evaluation stopped. Every answer so far is kept: the same command goes on from there.',
      ...options,
    })
  }
}

export class UnknownEvaluationError extends AppError {
  constructor(id: string) {
    super({
      code: 'unknown_evaluation',
      message: `there is no evaluation ${id}`,
      remedy: `There is no evaluation ${id}. Run one first; its id stands in its report.`,
    })
  }
}

export class MissingModelError extends AppError {
  constructor(model: string, options?: ErrorOptions) {
    super({
      code: 'model_missing',
      message: `no model ${model}`,
      remedy: `The server does not know the model ${model}, so nothing was measured. “models list” shows what there is.`,
      ...options,
    })
  }
}

export class OutdatedReportError extends AppError {
  constructor(id: string, options?: ErrorOptions) {
    super({
      code: 'old_report',
      message: `${id} was stored by an earlier version`,
      remedy: `${id} was measured by an earlier version and holds less than is shown now. Measure anew.`,
      ...options,
    })
  }
}

export class PromotionRefusedError extends AppError {
  constructor(why: string) {
    super({ code: 'promotion_refused', message: why, remedy: `Not promoted: ${why}.` })
  }
}

export class RollbackRefusedError extends AppError {
  constructor(why: string) {
    super({ code: 'rollback_refused', message: why, remedy: `Nothing was put back: ${why}.` })
  }
}

export class AliasChangedError extends AppError {
  constructor(alias: string) {
    super({
      code: 'alias_moved',
      message: `${alias} was moved by somebody else meanwhile`,
      remedy: `Somebody else moved ${alias} just now, so nothing was changed. Look at the models and decide again.`,
    })
  }
}

export class CanaryRefusedError extends AppError {
  constructor(why: string) {
    super({ code: 'canary_refused', message: why, remedy: `Nothing was changed: ${why}.` })
  }
}
