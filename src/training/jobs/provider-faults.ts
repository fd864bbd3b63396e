import { z } from 'zod'
import type { Fault } from '../../formats/faults.ts'
import type { AppError } from '../../lib/errors.ts'
import { TrainerError, TrainingDataError } from '../errors.ts'

/** What we were doing when the trainer refused: the same status means different things. */
export type TrainerOperation = 'uploading' | 'creating' | 'reading'

/** A refusal as every OpenAI-like server words it, more or less. */
export type ErrorResponse = {
  status: number | undefined
  code: string | null | undefined
  message: string
  retryAfterMs?: number | null
}

const MODEL_REFUSED =
  /\bmodel\b.*\b(not|cannot|unknown|invalid|unsupported|deprecated|retired|no longer)\b|\bunsupported model\b/
const CLOSED =
  /\b(tuning|training|jobs?)\b.*\b(no longer|not available|wind(ing)?[ -]?down|shut ?down|closed|disabled|ended)\b/
const UNREADY_FILE =
  /\bfile\b.*\b(not (yet )?(ready|processed)|still (being )?process|is (being )?processing|not finished processing)/
const TOO_LONG = /context[ _](length|window)|too many tokens|token limit|maximum (sequence|context)/

/** Turns a trainer's refusal into an error with a remedy. The code is trusted before the wording, the wording last. */
export function errorFromResponse(
  response: ErrorResponse,
  operation: TrainerOperation,
  file: string,
  cause: unknown,
): AppError {
  const { status, code, message, retryAfterMs = null } = response
  const trainerError = (kind: ConstructorParameters<typeof TrainerError>[0]) =>
    new TrainerError(kind, message, { cause, retryAfterMs })
  const text = `${code ?? ''} ${message}`.toLowerCase()
  if (status === undefined || status >= 500) return trainerError(status === 501 ? 'no_training' : 'trainer_unreachable')
  if (/insufficient_quota|billing|exceeded_quota|quota|payment|insufficient (funds|balance|credit)/.test(text))
    return trainerError('trainer_quota')
  if (status === 402) return trainerError('trainer_quota')
  if (status === 429) return trainerError('trainer_busy')
  if (status === 401) return trainerError('trainer_refused_key')
  if (operation === 'creating' && (status === 403 || status === 410)) return trainerError('trainer_closed')
  if (status === 403) return trainerError('trainer_refused_key')
  if (/model_not_(found|available)|unknown_model|invalid_model/.test(text)) return trainerError('unknown_model')
  if (operation === 'creating' && UNREADY_FILE.test(text)) return trainerError('file_not_ready')
  if (MODEL_REFUSED.test(text) && !/file/.test(text)) return trainerError('unknown_model')
  if (operation === 'creating' && CLOSED.test(text)) return trainerError('trainer_closed')
  if (operation !== 'reading' && TOO_LONG.test(text))
    return new TrainingDataError(file, faultsIn(message), undefined, { cause })
  if (operation !== 'reading' && /invalid_(training_|validation_)?file|file.*format|jsonl?|\bline \d/.test(text))
    return new TrainingDataError(file, faultsIn(message), undefined, { cause })
  if (status === 404) return trainerError(operation === 'reading' ? 'unknown_job' : 'no_training')
  if (status === 405) return trainerError('no_training')
  return trainerError('job_refused')
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

const Text = z.string().trim().min(1)
/** `{"detail": …}` as FastAPI words it: a text, or a list of what is wrong where. */
const Detail = z.union([
  Text,
  z
    .array(z.object({ msg: Text, loc: z.array(z.union([z.string(), z.number()])).optional() }))
    .min(1)
    .transform((all) => all.map(({ msg, loc }) => (loc ? `${loc.join('.')}: ${msg}` : msg)).join('; ')),
])

const MAX_MESSAGE_CHARS = 1_000

/** What a refusal says, wherever in its body it does; null when it says nothing. A page of HTML is its title. */
export function errorMessageOf(body: unknown): { message: string; code: string | null } | null {
  if (typeof body === 'string') {
    const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1] ?? (body.trimStart().startsWith('<') ? '' : body)
    const message = title.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE_CHARS)
    return message ? { message, code: null } : null
  }
  const fields = z.record(z.string(), z.unknown()).safeParse(body)
  if (!fields.success) return null
  const { message, detail, error, errors, title, code } = fields.data
  const inner =
    errorMessageOf(error) ?? errorMessageOf(message) ?? errorMessageOf(Array.isArray(errors) ? errors[0] : errors)
  const said =
    inner?.message ?? Detail.safeParse(detail).data ?? errorMessageOf(detail)?.message ?? Text.safeParse(title).data
  if (said === undefined) return null
  return { message: said.slice(0, MAX_MESSAGE_CHARS), code: Text.safeParse(code).data ?? inner?.code ?? null }
}
