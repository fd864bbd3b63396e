import { APIConnectionError, APIError } from 'openai'
import { ModelFaultError } from './errors.ts'

/** A model server's fault in our words. */
export function readModelFault(error: unknown): ModelFaultError {
  if (error instanceof ModelFaultError) return error
  const options = { cause: error }
  if (error instanceof APIConnectionError) return new ModelFaultError('model_offline', 'no connection', options)
  if (error instanceof APIError) {
    const waiting = { ...options, retryAfterMs: retryAfterMs(error.headers) }
    if (error.status === 429) return new ModelFaultError('model_busy', 'rate limited', waiting)
    if (error.status === 404) return new ModelFaultError('model_missing', 'unknown model', options)
    if (error.status === 401 || error.status === 403) return new ModelFaultError('model_refused', 'refused', options)
    if (error.status === 400 || error.status === 422)
      return new ModelFaultError('model_rejected', 'the request was not accepted', options)
    return new ModelFaultError('model_offline', `the server answered ${error.status ?? 'an error'}`, waiting)
  }
  return new ModelFaultError('model_garbled', 'the answer could not be read', options)
}

/** Reasoning models refuse a temperature, and some servers the older name of the token limit. */
const DROPPABLE = ['temperature', 'max_tokens'] as const
type Droppable = (typeof DROPPABLE)[number]

/** Remembers optional parameters that a model refuses. */
export function createUnsupportedParameters() {
  const refused = new Map<string, Set<Droppable>>()
  return {
    /** The request without parameters its model refused before. */
    without<T extends { model: string; temperature?: number | null; max_tokens?: number | null }>(body: T): T {
      const left = { ...body }
      for (const name of refused.get(body.model) ?? []) delete left[name]
      return left
    },
    /** Whether the refusal was about an optional parameter, so that asking again may help. */
    learns(model: string, error: unknown): boolean {
      if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false
      const dropped = DROPPABLE.find((name) => error.param === name || error.message.includes(`'${name}'`))
      const known = refused.get(model) ?? new Set()
      if (!dropped || known.has(dropped)) return false
      refused.set(model, known.add(dropped))
      return true
    },
  }
}

/** `Retry-After` in seconds or as a date, or OpenAI's own header in milliseconds. */
function retryAfterMs(headers: Headers | undefined): number | null {
  const exact = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(exact)) return Math.max(0, exact)
  const after = headers?.get('retry-after')
  if (!after) return null
  const ms = Number.isFinite(Number(after)) ? Number(after) * 1_000 : Date.parse(after) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}
