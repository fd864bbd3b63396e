import { AppError } from '../lib/errors.ts'

/** Grounding lets nothing through that the catalog does not recommend; this is the second lock on the same door. */
export class CommandNotOfferedError extends AppError {
  override readonly name = 'CommandNotOfferedError'
  readonly code = 'command_not_offered'
  readonly remedy = 'The catalog does not recommend this command for this code, so it is not offered.'
}

export class CommandContendedError extends AppError {
  override readonly name = 'CommandContendedError'
  readonly code = 'command_contended'
  readonly remedy = 'Several people are at this device right now. Nothing was sent; try again in a minute.'
}
