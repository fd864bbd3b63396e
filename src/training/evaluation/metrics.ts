import type { Catalog } from '../../catalog/catalog.ts'
import { NO_ANSWER, OTHER, type Outcome, type Score, score, WRONG_CONTENT } from './scoring.ts'
import { bootstrapRate, type Estimate, percentile, percentileInterval, type Rate, resample } from './statistics.ts'

/** Everything that is measured of one model; new measures are added here and in {@link figuresOf}. */
export type Metrics = {
  /** Right answers among all rows; an answer that failed to come is a wrong one. */
  accuracy: Rate
  /** The same for each code, category, and `declined`: how many of its rows were answered right. */
  byLabel: Readonly<Record<string, Rate>>
  labels: Readonly<Record<string, LabelMetrics>>
  /** The mean of the labels' F1, each counting the same however few rows it has. */
  macroF1: Estimate
  /** Answers that advise a command which the catalog does not allow for the code that was asked. */
  unsafe: Rate
  /** Questions about a known code whose answer names the right command, or none where there is none. */
  commands: Rate
  /** Questions about unknown codes that were declined. */
  abstention: Rate
  /** Questions about other matters that were declined. */
  offTopic: Rate
  /** Questions about known codes that were declined although there is an answer. */
  falseAbstention: Rate
  /** Answers that are the expected ones to the letter. */
  exact: Rate
  failed: Rate
  /** Of the answers that came; null when none did. */
  latencyMs: { p50: number | null; p95: number | null; p99: number | null }
  confusion: Confusion
}

/**
 * Of one code or category. An answer that names it and says something wrong of it counts against both: it is a miss of
 * the row, and a false claim.
 */
export type LabelMetrics = {
  /** Right among the answers that name it. */
  precision: Rate
  /** Right among the rows that are about it. */
  recall: Rate
  f1: Estimate
}

/** How often a row about one thing was answered as if about another. */
export type Confusion = {
  /** What rows are about. */
  rows: readonly string[]
  /** What answers were taken for: the same, and what is none of them. */
  columns: readonly string[]
  counts: readonly (readonly number[])[]
}

const RATES = [
  'accuracy',
  'unsafe',
  'commands',
  'abstention',
  'offTopic',
  'falseAbstention',
  'exact',
  'failed',
] as const satisfies readonly (keyof Metrics)[]
type RateName = (typeof RATES)[number]

/** Which rows a share is taken of, and which of them it counts. */
const RATE_RULES: Readonly<Record<RateName, { of: (one: Score) => boolean; holds: (one: Score) => boolean }>> = {
  accuracy: { of: () => true, holds: (one) => one.isCorrect },
  unsafe: { of: () => true, holds: (one) => one.isUnsafe },
  commands: { of: (one) => one.questionKind === 'code', holds: (one) => one.hasCorrectCommand },
  abstention: { of: (one) => one.questionKind === 'unknown code', holds: (one) => one.isDeclined },
  offTopic: { of: (one) => one.questionKind === 'off topic', holds: (one) => one.isDeclined },
  falseAbstention: { of: (one) => one.questionKind === 'code', holds: (one) => one.isDeclined },
  exact: { of: () => true, holds: (one) => one.isExact },
  failed: { of: () => true, holds: (one) => one.hasFailed },
}

type Proportion = { count: number; of: number }
type LabelFigures = { precision: Proportion; recall: Proportion; f1: number | null }
type Figures = { rates: Record<RateName, Proportion>; labels: Map<string, LabelFigures>; macroF1: number | null }

/** The figures with their intervals: measured once on the rows, and again on every resample of them. */
export function computeMetrics(outcomes: readonly Outcome[], catalog: Catalog): Metrics {
  const scores = outcomes.map((outcome) => score(outcome, catalog))
  const labels = [...new Set(scores.map(({ label }) => label))].sort((a, b) => a.localeCompare(b))
  // Rows that count alike in every figure are of one kind, which keeps the resampling quick whatever their number.
  const kinds = [...Map.groupBy(scores, (one) => JSON.stringify(one)).values()]
  const weights = kinds.map((alike) => alike.length)
  const profiles = kinds.flatMap(([one]) => one ?? [])
  const found = figuresOf(profiles, weights, labels)
  const resampled = resample(weights).map((drawn) => figuresOf(profiles, drawn, labels))

  const rateOf = (of: (figures: Figures) => Proportion | undefined): Rate => {
    const { count, of: all } = of(found) ?? { count: 0, of: 0 }
    return bootstrapRate(
      count,
      all,
      resampled.map((figures) => shareOf(of(figures))),
    )
  }
  const estimateOf = (of: (figures: Figures) => number | null | undefined): Estimate => ({
    value: of(found) ?? null,
    ...(intervalOrNull(resampled.map((figures) => of(figures) ?? null)) ?? { low: null, high: null }),
  })
  const byLabel = labels.map(
    (label) =>
      [
        label,
        {
          precision: rateOf(({ labels: all }) => all.get(label)?.precision),
          recall: rateOf(({ labels: all }) => all.get(label)?.recall),
          f1: estimateOf(({ labels: all }) => all.get(label)?.f1),
        },
      ] as const,
  )
  const rates = Object.fromEntries(RATES.map((name) => [name, rateOf((figures) => figures.rates[name])]))
  const answered = outcomes.filter(({ failure }) => !failure).map(({ latencyMs }) => latencyMs)
  return {
    ...(rates as Record<RateName, Rate>),
    byLabel: Object.fromEntries(byLabel.map(([label, { recall }]) => [label, recall])),
    labels: Object.fromEntries(byLabel),
    macroF1: estimateOf(({ macroF1 }) => macroF1),
    latencyMs: { p50: percentile(answered, 0.5), p95: percentile(answered, 0.95), p99: percentile(answered, 0.99) },
    confusion: confusionOf(scores, labels),
  }
}

/** Resamples that are all alike would claim certainty: then no interval is told. */
function intervalOrNull(measured: readonly (number | null)[]): { low: number; high: number } | null {
  const found = percentileInterval(measured)
  return found && found.low < found.high ? found : null
}

function shareOf(share: Proportion | undefined): number | null {
  return share && share.of > 0 ? share.count / share.of : null
}

/** Every figure, of rows that each stand for as many as their weight says. */
function figuresOf(profiles: readonly Score[], weights: ArrayLike<number>, labels: readonly string[]): Figures {
  const rates = Object.fromEntries(RATES.map((name) => [name, { count: 0, of: 0 }])) as Record<RateName, Proportion>
  const byLabel = new Map(labels.map((label) => [label, { right: 0, rows: 0, named: 0 }]))
  for (const [kind, one] of profiles.entries()) {
    const weight = weights[kind] ?? 0
    if (weight === 0) continue
    for (const name of RATES) {
      const { of, holds } = RATE_RULES[name]
      if (!of(one)) continue
      rates[name].of += weight
      if (holds(one)) rates[name].count += weight
    }
    const about = byLabel.get(one.label)
    if (about) about.rows += weight
    if (about && one.isCorrect) about.right += weight
    const named = one.isCorrect ? about : one.namedLabel === null ? undefined : byLabel.get(one.namedLabel)
    if (named) named.named += weight
  }
  const figures = new Map(
    [...byLabel].map(([label, { right, rows, named }]): [string, LabelFigures] => [
      label,
      {
        precision: { count: right, of: named },
        recall: { count: right, of: rows },
        // A label without a row in this draw says nothing; one that is never answered right has 0.
        f1: rows === 0 ? null : (2 * right) / (rows + named),
      },
    ]),
  )
  const f1s = [...figures.values()].flatMap(({ f1 }) => f1 ?? [])
  return { rates, labels: figures, macroF1: f1s.length === 0 ? null : f1s.reduce((a, b) => a + b, 0) / f1s.length }
}

function confusionOf(scores: readonly Score[], labels: readonly string[]): Confusion {
  const others = [...new Set(scores.map(({ predicted }) => predicted))]
    .filter((taken) => !labels.includes(taken))
    .sort((a, b) => LAST.indexOf(a) - LAST.indexOf(b) || a.localeCompare(b))
  const columns = [...labels, ...others]
  const counts = labels.map((label) =>
    columns.map((taken) => scores.filter((one) => one.label === label && one.predicted === taken).length),
  )
  return { rows: labels, columns, counts }
}

/** Columns of what is no label stand behind those that are. */
const LAST = [WRONG_CONTENT, OTHER, NO_ANSWER]
