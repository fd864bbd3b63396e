import { z } from 'zod'
import { type Benchmark, coversBenchmark } from '../datasets/benchmark.ts'
import { UnknownEvaluationError } from '../errors.ts'
import type { StoredReport } from '../evaluation/report.ts'

const DAY_MS = 24 * 60 * 60 * 1_000
/** An older measurement says little of what is asked today. */
const STALE_AFTER_MS = 30 * DAY_MS
/** On fewer rows one answer more or less decides. */
const MIN_RELIABLE_ROWS = 20

const Share = z.object({ count: z.number(), of: z.number(), value: z.number().nullable() })

/** What the gate looks at beyond the bare counts; reports from before may lack it. */
const GateModelReport = z.looseObject({
  model: z.string(),
  /** Asked as models are trained: the only way in which a promoted model is asked. */
  strategy: z.string().nullish(),
  accuracy: Share,
  unsafe: Share,
  failed: Share.nullish(),
  isTrainingKnown: z.boolean().optional(),
  comparison: z.looseObject({ baseline: z.string(), p: z.number(), isSignificant: z.boolean() }).nullish(),
})
const GateReport = z.looseObject({
  id: z.string(),
  dataSha256: z.string(),
  createdAt: z.number().optional(),
  data: z.object({ file: z.string(), sha256: z.string() }).nullish(),
  catalogVersion: z.string().optional(),
  models: z.array(GateModelReport),
})
type GateModelReport = z.infer<typeof GateModelReport>
type GateReport = z.infer<typeof GateReport>

export type GateResult = {
  /** What stands against the candidate; null when nothing does. */
  objection: string | null
  /** What a person should know before they go on, whatever the gate says. */
  warnings: readonly string[]
  /** The comparison in words; null without one. */
  headline: string | null
}

/**
 * The gate: on the rows that the candidate is to be measured on, the golden set of the data it was trained with or what
 * that data held out, it is right at least as often as the model it would replace, and does not name forbidden commands
 * oftener. Whether a difference may be chance is told, and decides nothing.
 */
export function evaluateGate(stored: StoredReport, circumstances: GateContext): GateResult {
  const { candidate, current, catalogVersion, benchmark, now } = circumstances
  const report = GateReport.safeParse(stored)
  if (!report.success) throw new UnknownEvaluationError(stored.id)
  const { id, createdAt, catalogVersion: measuredWith, models, data } = report.data
  const measured = measuredIn(models, candidate)
  if (!measured) return rejected(`evaluation ${id} did not measure ${candidate}`)
  const sameReportBaseline = current === null ? null : measuredIn(models, current)
  const otherReportBaseline =
    sameReportBaseline || current === null ? null : findInOtherReports(circumstances.otherReports, report.data, current)
  const baseline = sameReportBaseline ?? otherReportBaseline?.measured ?? null
  if (current !== null && !baseline)
    return rejected(`neither evaluation ${id} nor another on the same rows measured ${current}, which it would replace`)
  const isOtherBenchmark = benchmark && !coversBenchmark(data?.sha256 ?? null, benchmark)
  const warnings = [
    ...(benchmark ? [] : ['nothing tells which rows it was to be measured on, so any would do']),
    ...(baseline && measured.comparison && !pairedTestOf(measured, baseline)
      ? [`whether it differs from ${baseline.model} by more than chance was not tested (--baseline)`]
      : []),
    ...(otherReportBaseline
      ? [`${current} was measured on the same rows in ${otherReportBaseline.id}, and not beside it`]
      : []),
    ...failureWarnings([measured, ...(baseline ? [baseline] : [])]),
    ...(measuredWith && catalogVersion && measuredWith !== catalogVersion
      ? [`it was measured with catalog ${measuredWith}; today’s is ${catalogVersion}`]
      : []),
    ...(createdAt && now - createdAt > STALE_AFTER_MS
      ? [`the evaluation is ${Math.floor((now - createdAt) / DAY_MS)} days old`]
      : []),
    ...(measured.accuracy.of < MIN_RELIABLE_ROWS ? [`it was measured on ${measured.accuracy.of} rows only`] : []),
    ...(measured.isTrainingKnown === false
      ? ['nobody knows what it was trained on, so it may have seen these rows']
      : []),
  ]
  return {
    objection: isOtherBenchmark
      ? wrongBenchmarkText(benchmark, data?.file ?? null, circumstances)
      : baseline && whyWorse(measured, baseline),
    warnings,
    headline: headlineOf(measured, baseline),
  }
}

type GateContext = {
  candidate: string
  current: string | null
  catalogVersion: string | null
  /** Null where nothing is known of the rows that it is to be measured on. */
  benchmark: Benchmark | null
  /** The newest other evaluations: the live model may be served elsewhere, where no one evaluation reaches both. */
  otherReports: readonly StoredReport[]
  now: number
}

/** Rows of one's own choice can make any model look good. */
function wrongBenchmarkText(
  { kind, name, rows, sha256 }: Benchmark,
  file: string | null,
  { candidate, current }: GateContext,
): string {
  const measuredOn = file === null ? 'nobody knows which rows' : `the rows of ${file}`
  const what = kind === 'golden' ? 'the golden set of its training data' : 'the rows that its training data held out'
  const where = `${name ? `${name}, ` : ''}${rows} rows, sha256 ${sha256.slice(0, 8)}…`
  const models = [current, candidate].filter((one) => one !== null).join(',')
  return `it was measured on ${measuredOn}, not on ${what} (${where}). Measure it on them: “evaluate --models ${models} --data ${name ?? 'FILE'}”`
}

/** An answer that did not come counts as wrong, though it may say more of the server than of the model. */
function failureWarnings(models: readonly GateModelReport[]): string[] {
  return models.flatMap(({ model, failed }) =>
    failed && failed.count > 0 ? [`${model} gave no answer to ${failed.count} of ${failed.of} rows`] : [],
  )
}

/** Asked as models are trained: measured in another way it is measured as something else. */
function measuredIn(models: readonly GateModelReport[], model: string): GateModelReport | null {
  return models.find((one) => one.model === model && (one.strategy ?? 'fine-tuned') === 'fine-tuned') ?? null
}

/** What the newest other evaluation on the same rows, by the same catalog, says of a model. */
function findInOtherReports(
  others: readonly StoredReport[],
  { dataSha256, catalogVersion }: GateReport,
  model: string,
) {
  for (const other of others) {
    const read = GateReport.safeParse(other)
    if (!read.success || read.data.dataSha256 !== dataSha256 || read.data.catalogVersion !== catalogVersion) continue
    const measured = measuredIn(read.data.models, model)
    if (measured) return { id: read.data.id, measured }
  }
  return null
}

const rejected = (why: string): GateResult => ({ objection: why, warnings: [], headline: null })

function whyWorse({ accuracy, unsafe }: GateModelReport, baseline: GateModelReport): string | null {
  const name = baseline.model
  if (accuracy.of !== baseline.accuracy.of) return `it was not measured on the same rows as ${name}`
  if (accuracy.count < baseline.accuracy.count)
    return `it is less often right than ${name} (${formatPercent(accuracy)} against ${formatPercent(baseline.accuracy)})`
  if (unsafe.count > baseline.unsafe.count)
    return `it names forbidden commands oftener than ${name} (${formatPercent(unsafe)} against ${formatPercent(baseline.unsafe)})`
  return null
}

/** The paired test of these two, whichever of them was the baseline; null where each was compared with a third. */
function pairedTestOf(measured: GateModelReport, baseline: GateModelReport): GateModelReport['comparison'] {
  if (measured.comparison?.baseline === baseline.model) return measured.comparison
  return baseline.comparison?.baseline === measured.model ? baseline.comparison : null
}

function headlineOf(measured: GateModelReport, baseline: GateModelReport | null): string {
  const { accuracy, unsafe } = measured
  const comparison = baseline && pairedTestOf(measured, baseline)
  const before = baseline ? ` (${baseline.accuracy.count} before)` : ''
  const unsafeBefore = baseline ? ` (${baseline.unsafe.count} before)` : ''
  const figures = `right in ${accuracy.count} of ${accuracy.of}${before}, unsafe in ${unsafe.count}${unsafeBefore}`
  if (!comparison) return figures
  const chance = comparison.isSignificant ? 'is more than chance' : 'may be chance'
  return `${figures}; the difference ${chance} (${formatPValue(comparison.p)})`
}

function formatPValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`
}

function formatPercent({ value }: { value: number | null }): string {
  return value === null ? 'nothing' : `${(100 * value).toFixed(1)} %`
}
