import { AppError } from '../../lib/errors.ts'

/** The model's server gave no usable answer. */
export class ModelFaultError extends AppError<
  'model_offline' | 'model_busy' | 'model_missing' | 'model_refused' | 'model_rejected' | 'model_garbled'
> {
  /** Milliseconds the server asks us to wait; null if it doesn't say. */
  readonly retryAfterMs: number | null
  constructor(
    code: ModelFaultError['code'],
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number | null },
  ) {
    super({ code, message, remedy: REMEDIES[code], ...options })
    this.retryAfterMs = options?.retryAfterMs ?? null
  }
}

const REMEDIES = {
  model_offline: 'The assistant’s model cannot be reached. Check OPENAI_BASE_URL, or try again in a minute.',
  model_busy: 'The assistant’s model is busy. Try again in a minute.',
  model_missing: 'The server does not know this model. Check ASSISTANT_MODEL, or the name after --model.',
  model_refused: 'The server refused our key. Check OPENAI_API_KEY.',
  model_rejected: 'The model’s server did not accept the request. Check that ASSISTANT_MODEL is a chat model.',
  model_garbled: 'The assistant’s model broke off or answered with something unreadable. Please try again.',
} as const satisfies Record<ModelFaultError['code'], string>
