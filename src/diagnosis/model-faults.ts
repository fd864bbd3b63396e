import { APIConnectionError, APIError } from 'openai'
import { ModelFaultError } from './errors.ts'

/** What went wrong at a model's server, in our words. */
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

/** `Retry-After` in seconds or as a date, or OpenAI's own header in milliseconds. */
function retryAfterMs(headers: Headers | undefined): number | null {
  const exact = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(exact)) return Math.max(0, exact)
  const after = headers?.get('retry-after')
  if (!after) return null
  const ms = Number.isFinite(Number(after)) ? Number(after) * 1_000 : Date.parse(after) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}
