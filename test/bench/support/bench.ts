export type Bench = {
  /** Prints its own report. Throws when something did not run; a figure that misses its goal is no failure. */
  run(args: readonly string[], signal: AbortSignal): Promise<void>
}

/** The command was typed wrongly; nothing was measured. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads an option that counts something. Throws {@link UsageError}. */
export function readCount(name: string, given: string | undefined, usual: number): number {
  if (given === undefined) return usual
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given)
  throw new UsageError(`--${name} takes a whole number from 1, not ${given}.`)
}
