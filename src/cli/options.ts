import { UsageError } from '../lib/errors.ts'

/** A whole number from 1, undefined where the option was not given. Throws {@link UsageError}. */
export function readWhole(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new UsageError(`${option} takes a whole number from 1.`)
}

/** Any whole number, undefined where the option was not given. Throws {@link UsageError}. */
export function readSeed(given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  if (given.trim() !== '' && Number.isSafeInteger(Number(given))) return Number(given)
  throw new UsageError('--seed takes a whole number.')
}

/** A share between 0 and 1, neither of them. Throws {@link UsageError}. */
export function readShare(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const share = Number(given)
  if (share > 0 && share < 1) return share
  throw new UsageError(`${option} takes a number between 0 and 1, such as 0.2.`)
}
