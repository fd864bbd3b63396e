import { z } from 'zod'
import type { Fault } from '../../formats/faults.ts'
import type { AppError } from '../../lib/errors.ts'
import { TrainerError, TrainingDataError } from '../errors.ts'

/** What we were doing when the trainer refused: the same status means different things. */
export type Doing = 'uploading' | 'creating' | 'reading'

/** A refusal as every OpenAI-like server words it, more or less. */
export type Refusal = {
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
export function readRefusal(refusal: Refusal, doing: Doing, file: string, cause: unknown): AppError {
  const { status, code, message, retryAfterMs = null } = refusal
  const fault = (kind: ConstructorParameters<typeof TrainerError>[0]) =>
    new TrainerError(kind, message, { cause, retryAfterMs })
  const words = `${code ?? ''} ${message}`.toLowerCase()
  if (status === undefined || status >= 500) return fault(status === 501 ? 'no_training' : 'trainer_unreachable')
  if (/insufficient_quota|billing|exceeded_quota|quota|payment|insufficient (funds|balance|credit)/.test(words))
    return fault('trainer_quota')
  if (status === 402) return fault('trainer_quota')
  if (status === 429) return fault('trainer_busy')
  if (status === 401) return fault('trainer_refused_key')
  if (doing === 'creating' && (status === 403 || status === 410)) return fault('trainer_closed')
  if (status === 403) return fault('trainer_refused_key')
  if (/model_not_(found|available)|unknown_model|invalid_model/.test(words)) return fault('unknown_model')
  if (doing === 'creating' && UNREADY_FILE.test(words)) return fault('file_not_ready')
  if (MODEL_REFUSED.test(words) && !/file/.test(words)) return fault('unknown_model')
  if (doing === 'creating' && CLOSED.test(words)) return fault('trainer_closed')
  if (doing !== 'reading' && TOO_LONG.test(words))
    return new TrainingDataError(file, faultsIn(message), undefined, { cause })
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

const Text = z.string().trim().min(1)
/** `{"detail": …}` as FastAPI words it: a text, or a list of what is wrong where. */
const Detail = z.union([
  Text,
  z
    .array(z.object({ msg: Text, loc: z.array(z.union([z.string(), z.number()])).optional() }))
    .min(1)
    .transform((all) => all.map(({ msg, loc }) => (loc ? `${loc.join('.')}: ${msg}` : msg)).join('; ')),
])

const MOST_WORDS = 1_000

/** What a refusal says, wherever in its body it does; null when it says nothing. A page of HTML is its title. */
export function wordsOf(body: unknown): { message: string; code: string | null } | null {
  if (typeof body === 'string') {
    const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1] ?? (body.trimStart().startsWith('<') ? '' : body)
    const message = title.replace(/\s+/g, ' ').trim().slice(0, MOST_WORDS)
    return message ? { message, code: null } : null
  }
  const fields = z.record(z.string(), z.unknown()).safeParse(body)
  if (!fields.success) return null
  const { message, detail, error, errors, title, code } = fields.data
  const inner = wordsOf(error) ?? wordsOf(message) ?? wordsOf(Array.isArray(errors) ? errors[0] : errors)
  const said = inner?.message ?? Detail.safeParse(detail).data ?? wordsOf(detail)?.message ?? Text.safeParse(title).data
  if (said === undefined) return null
  return { message: said.slice(0, MOST_WORDS), code: Text.safeParse(code).data ?? inner?.code ?? null }
}
