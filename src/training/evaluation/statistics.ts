import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { quantileSorted } from 'simple-statistics'

/** A share of `of` cases with its 95 % interval; all null when there were no cases. */
export type Rate = { count: number; of: number; value: number | null; low: number | null; high: number | null }

/** The same for what is no plain share, such as an F1. */
export type Estimate = { value: number | null; low: number | null; high: number | null }

/** The normal distribution's two-sided 95 % point. */
const Z = 1.959964

/** Wilson's interval: unlike the plain one it stays within 0 and 1 and is honest at 0 of n and n of n. */
export function wilsonRate(count: number, of: number): Rate {
  if (of === 0) return { count, of, value: null, low: null, high: null }
  const value = count / of
  const spread = Z ** 2 / of
  const middle = (value + spread / 2) / (1 + spread)
  const reach = (Z * Math.sqrt((value * (1 - value)) / of + spread / of / 4)) / (1 + spread)
  return { count, of, value, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) }
}

/** The smallest value that this share of all values does not exceed; null of none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** So many that the ends of a 95 % interval move by less than a tenth of its width from seed to seed. */
const RESAMPLES = 1_000
const SEED = 20_261_122

/**
 * Draws as many cases anew, with replacement, as there are, a thousand times over. Cases of one kind are alike, so that
 * each draw is told as how often each kind came. The same seed draws the same.
 */
export function resample(
  kinds: readonly number[],
  { seed = SEED, times = RESAMPLES }: { seed?: number; times?: number } = {},
): Uint32Array[] {
  const random = xoroshiro128plus(seed)
  const ofCase = Uint32Array.from(kinds.flatMap((weight, kind) => new Array<number>(weight).fill(kind)))
  return Array.from({ length: times }, () => {
    const drawn = new Uint32Array(kinds.length)
    for (let left = ofCase.length; left > 0; left -= 1) {
      const kind = ofCase[uniformInt(random, 0, ofCase.length - 1)] ?? 0
      drawn[kind] = (drawn[kind] ?? 0) + 1
    }
    return drawn
  })
}

/** The middle 95 % of what was measured on the resamples; null of nothing. */
export function percentileInterval(measured: readonly (number | null)[]): { low: number; high: number } | null {
  const sorted = measured.filter((value) => value !== null).sort((a, b) => a - b)
  return sorted.length === 0 ? null : { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) }
}

/**
 * A share with the interval of its resamples. Where all cases agree (0 of n, n of n) every resample is the same and the
 * bootstrap would claim certainty: there, and where resampling leaves no width, Wilson's interval stands instead.
 */
export function bootstrapRate(count: number, of: number, measured: readonly (number | null)[]): Rate {
  const wilson = wilsonRate(count, of)
  if (count === 0 || count === of) return wilson
  const found = percentileInterval(measured)
  return found && found.low < found.high ? { ...wilson, ...found } : wilson
}

/**
 * The interval of a difference of two shares, put together of their own (Newcombe's hybrid score). Where every row tells
 * the same, resampling would claim certainty; this one stays honest, and errs on the wide side for the same rows.
 */
export function newcombe(one: Rate, other: Rate): { low: number; high: number } {
  const { value: p1, low: l1, high: u1 } = known(one)
  const { value: p2, low: l2, high: u2 } = known(other)
  return { low: p1 - p2 - Math.hypot(p1 - l1, u2 - p2), high: p1 - p2 + Math.hypot(u1 - p1, p2 - l2) }
}

function known({ value, low, high }: Rate): { value: number; low: number; high: number } {
  return { value: value ?? 0, low: low ?? 0, high: high ?? 1 }
}

/**
 * McNemar's test on the same cases, exact for any count: how likely so uneven a split between the cases that only the
 * one, and only the other, had right would be if neither were better. 1 when they never differ.
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const differing = onlyFirst + onlySecond
  // In logarithms: 2 to the power of some thousand cases is beyond any number.
  let log = -differing * Math.LN2
  let tail = Math.exp(log)
  for (let k = 1; k <= Math.min(onlyFirst, onlySecond); k += 1) {
    log += Math.log(differing - k + 1) - Math.log(k)
    tail += Math.exp(log)
  }
  return Math.min(1, 2 * tail)
}

/** Cohen's kappa of two raters who each said yes or no: 1 full agreement, 0 what chance would give; null of no cases. */
export function kappa(counts: {
  bothYes: number
  onlyFirst: number
  onlySecond: number
  bothNo: number
}): number | null {
  const { bothYes, onlyFirst, onlySecond, bothNo } = counts
  const all = bothYes + onlyFirst + onlySecond + bothNo
  if (all === 0) return null
  const agreed = (bothYes + bothNo) / all
  const yesFirst = (bothYes + onlyFirst) / all
  const yesSecond = (bothYes + onlySecond) / all
  const byChance = yesFirst * yesSecond + (1 - yesFirst) * (1 - yesSecond)
  // Both always say the same one thing: they agree, and chance would have too.
  return byChance === 1 ? null : (agreed - byChance) / (1 - byChance)
}
