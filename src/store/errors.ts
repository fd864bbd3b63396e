import { AppError } from '../lib/errors.ts'

export class StoreUnusableError extends AppError {
  constructor(what: string, options?: ErrorOptions) {
    super({
      code: 'store_unusable',
      message: `${what} cannot be used as our database`,
      remedy: `${what} cannot be opened as a database. Check DATABASE_URL, or move the file away; nothing in it was changed.`,
      ...options,
    })
  }
}

/** The database can't be reached or doesn't answer; what was asked of it may have been done. */
export class StoreUnavailableError extends AppError {
  constructor(cause: unknown) {
    super({
      code: 'store_unavailable',
      message: 'the database does not answer',
      remedy:
        'My database does not answer right now, so nothing could be looked up or saved. Please try again in a minute.',
      cause,
    })
  }
}

/** SQLite's primary result code, and PostgreSQL's code, for a full disk. */
const SQLITE_FULL = 13
/** SQLite's extended result code for a refused write, as with an exhausted quota. */
const SQLITE_WRITE_REFUSED = 778
const POSTGRES_FULL = '53100'

/** Whether a write failed because the database's disk is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'errcode' in error ? Number(error.errcode) : 0
  const isSqlite = code % 256 === SQLITE_FULL || code === SQLITE_WRITE_REFUSED
  return isSqlite || ('code' in error && error.code === POSTGRES_FULL)
}
