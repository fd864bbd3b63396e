import { AppError } from '../lib/errors.ts'

export class StoreUnusableError extends AppError {
  override readonly name = 'StoreUnusableError'
  readonly code = 'store_unusable'
  readonly remedy: string
  constructor(what: string, options?: ErrorOptions) {
    super(`${what} cannot be used as our database`, options)
    this.remedy = `${what} cannot be opened as a database. Check DATABASE_URL, or move the file away; nothing in it was changed.`
  }
}
