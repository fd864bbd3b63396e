/** A share of `of` cases with its 95 % interval; all null when there were no cases. */
export type Rate = { count: number; of: number; value: number | null; low: number | null; high: number | null }

/** The normal distribution's two-sided 95 % point. */
const Z = 1.959964

/** Wilson's interval: unlike the plain one it stays within 0 and 1 and is honest at 0 of n and n of n. */
export function rate(count: number, of: number): Rate {
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
