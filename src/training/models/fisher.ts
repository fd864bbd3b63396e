/** How many of how many. */
export type Proportion = { count: number; of: number }

/**
 * Fisher's exact test, one-sided: how likely it is that at least so many of `first` are cases if both parts are alike.
 * Exact for the small numbers that a trial begins with, where a normal approximation is not.
 */
export function fisherPValue(first: Proportion, second: Proportion): number {
  const cases = first.count + second.count
  const all = first.of + second.of
  const most = Math.min(cases, first.of)
  const total = logChoose(all, cases)
  let p = 0
  for (let count = first.count; count <= most; count += 1)
    if (cases - count <= second.of)
      p += Math.exp(logChoose(first.of, count) + logChoose(second.of, cases - count) - total)
  return Math.min(1, p)
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}

const LOGS: number[] = [0]

function logFactorial(n: number): number {
  for (let i = LOGS.length; i <= n; i += 1) LOGS.push((LOGS[i - 1] ?? 0) + Math.log(i))
  return LOGS[n] ?? 0
}
