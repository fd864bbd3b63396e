import { fisherPValue, type Proportion } from './fisher.ts'

/** What was counted in both arms of a trial: how many went wrong, of how many. */
export type ArmCounts = { canary: Proportion; live: Proportion }

/** The first look is taken at so many cases in each arm, and each further one at twice as many. */
export const FIRST_ANALYSIS_AT = 5

/** How many cases each arm must have for this look. */
export function casesNeeded(analysis: number): number {
  return FIRST_ANALYSIS_AT * 2 ** (analysis - 1)
}

/** The newest look that so many cases allow; 0 where they allow none. It asks the arm that has fewer. */
export function analysisDue({ canary, live }: ArmCounts): number {
  let due = 0
  while (Math.min(canary.of, live.of) >= casesNeeded(due + 1)) due += 1
  return due
}

/**
 * What a look may spend of the error that a whole trial is allowed: by look k, k / (k + 1) of it is spent, whatever the
 * number of looks will be. Looks that were missed leave their share to the next one. The shares add up to no more than
 * the whole, so that whoever looks for ever is fooled no oftener than that (the union bound); that an error is spent by
 * a function fixed ahead, rather than at looks fixed ahead, is Lan and DeMets’ “Discrete sequential boundaries for
 * clinical trials”, Biometrika 70 (1983) 659–663.
 */
export function alphaIncrement(analysis: number, previous: number, alpha: number): number {
  return alpha * (1 / (previous + 1) - 1 / (analysis + 1))
}

/** How likely it is that the tried arm does so much worse if both are alike: Fisher's exact test, one-sided. */
export function pValueOf({ canary, live }: ArmCounts): number {
  return fisherPValue(canary, live)
}
