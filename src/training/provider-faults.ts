import type { Fault } from '../feedback/formats/faults.ts'
import type { AppError } from '../lib/errors.ts'
import { TrainerError, TrainingDataError } from './errors.ts'

/** What we were doing when the trainer refused: the same status means different things. */
export type Doing = 'uploading' | 'creating' | 'reading'

/** A refusal as every OpenAI-like server words it, more or less. */
export type Refusal = { status: number | undefined; code: string | null | undefined; message: string }

const MODEL_REFUSED =
  /\bmodel\b.*\b(not|cannot|unknown|invalid|unsupported|deprecated|retired|no longer)\b|\bunsupported model\b/
const CLOSED =
  /\b(tuning|training|jobs?)\b.*\b(no longer|not available|wind(ing)?[ -]?down|shut ?down|closed|disabled|ended)\b/

/** Turns a trainer's refusal into an error with a remedy. The code is trusted before the wording, the wording last. */
export function readRefusal({ status, code, message }: Refusal, doing: Doing, file: string, cause: unknown): AppError {
  const fault = (kind: ConstructorParameters<typeof TrainerError>[0]) => new TrainerError(kind, message, { cause })
  const words = `${code ?? ''} ${message}`.toLowerCase()
  if (status === undefined || status >= 500) return fault(status === 501 ? 'no_training' : 'trainer_unreachable')
  if (/insufficient_quota|billing|exceeded_quota|quota/.test(words)) return fault('trainer_quota')
  if (status === 429) return fault('trainer_busy')
  if (status === 401) return fault('trainer_refused_key')
  if (doing === 'creating' && (status === 403 || status === 410)) return fault('trainer_closed')
  if (status === 403) return fault('trainer_refused_key')
  if (/model_not_(found|available)|unknown_model|invalid_model/.test(words)) return fault('unknown_model')
  if (MODEL_REFUSED.test(words) && !/file/.test(words)) return fault('unknown_model')
  if (doing === 'creating' && CLOSED.test(words)) return fault('trainer_closed')
  if (doing !== 'reading' && /invalid_(training_|validation_)?file|file.*format|jsonl?|\bline \d/.test(words))
    return new TrainingDataError(file, faultsIn(message), undefined, { cause })
  if (status === 404) return fault(doing === 'reading' ? 'unknown_job' : 'no_training')
  if (status === 405) return fault('no_training')
  return fault('job_refused')
}

/** The lines that a trainer's message names, each with the message's own words about it. */
function faultsIn(message: string): Fault[] {
  const named = [...message.matchAll(/\b(?:line|example|row)s?\s*#?(\d+)[\s:,;.-]*([^\n;]*)/gi)]
  if (named.length === 0) return [{ line: null, name: 'refused_by_trainer', message }]
  return named.map(([whole, line, words]) => ({
    line: Number(line),
    name: 'refused_by_trainer',
    message: words?.trim() || whole,
  }))
}
