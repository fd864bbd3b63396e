/**
 * An error with a stable `code` for logs and tests, and a `remedy`: one sentence that may be shown to a person.
 * The message and the cause are for the log only.
 */
export abstract class AppError<Code extends string = string> extends Error {
  readonly code: Code
  readonly remedy: string
  constructor({ code, message, remedy, cause }: { code: Code; message: string; remedy: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.remedy = remedy
  }
}

/** Work stopped on purpose is no fault: it's neither logged as one nor shown. */
export function isAbort(error: unknown): boolean {
  // The model client's abort error leaves `name` at "Error"; only its class tells.
  return error instanceof Error && (error.name === 'AbortError' || error.constructor.name === 'APIUserAbortError')
}

const UNEXPECTED = 'Something went wrong on our side. Please try again; if it happens again, tell your administrator.'

/** What a person may be told about any error: its remedy if it has one, never its raw text. */
export function remedyOf(error: unknown): string {
  return error instanceof AppError ? error.remedy : UNEXPECTED
}

/** The user's input can't be used: an option, an argument. */
export class UsageError extends AppError {
  constructor(remedy: string) {
    super({ code: 'usage', message: remedy, remedy })
  }
}

/** 0 done, 1 the work failed, 2 wrong usage or unusable input. */
export type ExitCode = 0 | 1 | 2

/** Faults in what the user gave: settings, a catalog file, an option. */
const USAGE_CODES: readonly string[] = ['settings', 'catalog_unusable', 'usage']

export function exitCodeOf(error: unknown): Exclude<ExitCode, 0> {
  return error instanceof AppError && USAGE_CODES.includes(error.code) ? 2 : 1
}
