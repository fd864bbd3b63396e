import { UsageError } from '../lib/errors.ts'

/** A whole number from 1; undefined without the option. Throws {@link UsageError}. */
export function readWhole(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new UsageError(`${option} takes a whole number from 1.`)
}

/** Any whole number; undefined without the option. Throws {@link UsageError}. */
export function readSeed(given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  if (given.trim() !== '' && Number.isSafeInteger(Number(given))) return Number(given)
  throw new UsageError('--seed takes a whole number.')
}

/** A number strictly between 0 and 1. Throws {@link UsageError}. */
export function readShare(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const share = Number(given)
  if (share > 0 && share < 1) return share
  throw new UsageError(`${option} takes a number between 0 and 1, such as 0.2.`)
}
