import type { Catalog } from '../../catalog/catalog.ts'
import { type Outcome, score } from './scoring.ts'
import { mcnemar, newcombe, percentileInterval, resample, wilsonRate } from './statistics.ts'

/** One model against the baseline on the same rows. */
export type Comparison = {
  baseline: string
  /** Rows that only this model, and only the baseline, answered right. */
  onlyThis: number
  onlyBaseline: number
  /** How much more often it is right, as a share of all rows, with its 95 % interval. */
  difference: number
  low: number
  high: number
  /** McNemar's exact test of the two being equally often right. */
  p: number
  isSignificant: boolean
}

const ALPHA = 0.05

/** Compares row by row: both lists hold the same rows in the same order. */
export function comparePaired(
  baseline: { name: string; outcomes: readonly Outcome[] },
  outcomes: readonly Outcome[],
  catalog: Catalog,
): Comparison {
  const before = baseline.outcomes.map((outcome) => score(outcome, catalog).isCorrect)
  const now = outcomes.map((outcome) => score(outcome, catalog).isCorrect)
  const rows = now.length
  const onlyThis = now.filter((isRight, row) => isRight && !before[row]).length
  const onlyBaseline = now.filter((isRight, row) => !isRight && before[row]).length
  const drawn = resample([onlyThis, onlyBaseline, rows - onlyThis - onlyBaseline])
  const difference = (onlyThis - onlyBaseline) / rows
  const drawnEnds = percentileInterval(drawn.map(([mine = 0, theirs = 0]) => (mine - theirs) / rows))
  const confidenceInterval =
    drawnEnds && drawnEnds.low < drawnEnds.high
      ? drawnEnds
      : newcombe(wilsonRate(now.filter(Boolean).length, rows), wilsonRate(before.filter(Boolean).length, rows))
  const p = mcnemar(onlyThis, onlyBaseline)
  return {
    baseline: baseline.name,
    onlyThis,
    onlyBaseline,
    difference,
    ...confidenceInterval,
    p,
    isSignificant: p < ALPHA,
  }
}
