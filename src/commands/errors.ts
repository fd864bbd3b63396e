import { AppError } from '../lib/errors.ts'

/** Grounding lets through only what the catalog recommends; this is the second lock on the same door. */
export class CommandNotOfferedError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'command_not_offered',
      message,
      remedy: 'The catalog does not recommend this command for this code, so it is not offered.',
      ...options,
    })
  }
}

export class CommandContendedError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super({
      code: 'command_contended',
      message,
      remedy: 'Several people are at this device right now. Nothing was sent; try again in a minute.',
      ...options,
    })
  }
}
