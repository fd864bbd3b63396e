export type ErrorBody = { error: { message: string; type: string; param: string | null; code: string | null } }

/** A refusal in the shape that OpenAI's API gives it; `message` is for the person who reads it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500
  readonly body: ErrorBody

  constructor(status: ApiError['status'], message: string, details: { param?: string; code?: string } = {}) {
    super(message)
    this.status = status
    this.body = { error: { message, type: typeOf(status), param: details.param ?? null, code: details.code ?? null } }
  }
}

function typeOf(status: ApiError['status']): string {
  if (status === 429) return 'rate_limit_error'
  return status === 500 ? 'server_error' : 'invalid_request_error'
}

export const modelNotFound = (model: string) =>
  new ApiError(404, `The model '${model}' does not exist or you do not have access to it.`, {
    param: 'model',
    code: 'model_not_found',
  })
