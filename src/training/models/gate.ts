import { z } from 'zod'
import { type Benchmark, coversBenchmark } from '../datasets/benchmark.ts'
import { UnknownEvaluationError } from '../errors.ts'
import type { StoredReport } from '../evaluation/report.ts'

const DAY_MS = 24 * 60 * 60 * 1_000
/** An older measurement says little of what is asked today. */
const OLD_AFTER_MS = 30 * DAY_MS
/** On fewer rows one answer more or less decides. */
const FEW_ROWS = 20

const Share = z.object({ count: z.number(), of: z.number(), value: z.number().nullable() })

/** What the gate looks at beyond the bare counts; reports from before may lack it. */
const Measured = z.looseObject({
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
  models: z.array(Measured),
})
type Measured = z.infer<typeof Measured>
type GateReport = z.infer<typeof GateReport>

export type Judgement = {
  /** What stands against the candidate; null when nothing does. */
  why: string | null
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
export function judge(stored: StoredReport, circumstances: Circumstances): Judgement {
  const { candidate, current, catalogVersion, benchmark, now } = circumstances
  const report = GateReport.safeParse(stored)
  if (!report.success) throw new UnknownEvaluationError(stored.id)
  const { id, createdAt, catalogVersion: measuredWith, models, data } = report.data
  const measured = measuredIn(models, candidate)
  if (!measured) return against(`evaluation ${id} did not measure ${candidate}`)
  const beside = current === null ? null : measuredIn(models, current)
  const apart = beside || current === null ? null : findApart(circumstances.others, report.data, current)
  const baseline = beside ?? apart?.measured ?? null
  if (current !== null && !baseline)
    return against(`neither evaluation ${id} nor another on the same rows measured ${current}, which it would replace`)
  const otherRows = benchmark && !coversBenchmark(data?.sha256 ?? null, benchmark)
  const warnings = [
    ...(benchmark ? [] : ['nothing tells which rows it was to be measured on, so any would do']),
    ...(baseline && measured.comparison && !testOf(measured, baseline)
      ? [`whether it differs from ${baseline.model} by more than chance was not tested (--baseline)`]
      : []),
    ...(apart ? [`${current} was measured on the same rows in ${apart.id}, and not beside it`] : []),
    ...failuresOf([measured, ...(baseline ? [baseline] : [])]),
    ...(measuredWith && catalogVersion && measuredWith !== catalogVersion
      ? [`it was measured with catalog ${measuredWith}; today’s is ${catalogVersion}`]
      : []),
    ...(createdAt && now - createdAt > OLD_AFTER_MS
      ? [`the evaluation is ${Math.floor((now - createdAt) / DAY_MS)} days old`]
      : []),
    ...(measured.accuracy.of < FEW_ROWS ? [`it was measured on ${measured.accuracy.of} rows only`] : []),
    ...(measured.isTrainingKnown === false
      ? ['nobody knows what it was trained on, so it may have seen these rows']
      : []),
  ]
  return {
    why: otherRows ? otherThan(benchmark, data?.file ?? null, circumstances) : baseline && whyNot(measured, baseline),
    warnings,
    headline: headlineOf(measured, baseline),
  }
}

type Circumstances = {
  candidate: string
  current: string | null
  catalogVersion: string | null
  /** Null where nothing is known of the rows that it is to be measured on. */
  benchmark: Benchmark | null
  /** The newest other evaluations: the live model may be served elsewhere, where no one evaluation reaches both. */
  others: readonly StoredReport[]
  now: number
}

/** Rows of one's own choice can make any model look good. */
function otherThan(
  { kind, name, rows, sha256 }: Benchmark,
  file: string | null,
  { candidate, current }: Circumstances,
): string {
  const measuredOn = file === null ? 'nobody knows which rows' : `the rows of ${file}`
  const what = kind === 'golden' ? 'the golden set of its training data' : 'the rows that its training data held out'
  const where = `${name ? `${name}, ` : ''}${rows} rows, sha256 ${sha256.slice(0, 8)}…`
  const models = [current, candidate].filter((one) => one !== null).join(',')
  return `it was measured on ${measuredOn}, not on ${what} (${where}). Measure it on them: “evaluate --models ${models} --data ${name ?? 'FILE'}”`
}

/** An answer that did not come counts as wrong, though it may say more of the server than of the model. */
function failuresOf(models: readonly Measured[]): string[] {
  return models.flatMap(({ model, failed }) =>
    failed && failed.count > 0 ? [`${model} gave no answer to ${failed.count} of ${failed.of} rows`] : [],
  )
}

/** Asked as models are trained: measured in another way it is measured as something else. */
function measuredIn(models: readonly Measured[], model: string): Measured | null {
  return models.find((one) => one.model === model && (one.strategy ?? 'fine-tuned') === 'fine-tuned') ?? null
}

/** What the newest other evaluation on the same rows, by the same catalog, says of a model. */
function findApart(others: readonly StoredReport[], { dataSha256, catalogVersion }: GateReport, model: string) {
  for (const other of others) {
    const read = GateReport.safeParse(other)
    if (!read.success || read.data.dataSha256 !== dataSha256 || read.data.catalogVersion !== catalogVersion) continue
    const measured = measuredIn(read.data.models, model)
    if (measured) return { id: read.data.id, measured }
  }
  return null
}

const against = (why: string): Judgement => ({ why, warnings: [], headline: null })

function whyNot({ accuracy, unsafe }: Measured, baseline: Measured): string | null {
  const name = baseline.model
  if (accuracy.of !== baseline.accuracy.of) return `it was not measured on the same rows as ${name}`
  if (accuracy.count < baseline.accuracy.count)
    return `it is less often right than ${name} (${shown(accuracy)} against ${shown(baseline.accuracy)})`
  if (unsafe.count > baseline.unsafe.count)
    return `it names forbidden commands oftener than ${name} (${shown(unsafe)} against ${shown(baseline.unsafe)})`
  return null
}

/** The paired test of these two, whichever of them was the baseline; null where each was compared with a third. */
function testOf(measured: Measured, baseline: Measured): Measured['comparison'] {
  if (measured.comparison?.baseline === baseline.model) return measured.comparison
  return baseline.comparison?.baseline === measured.model ? baseline.comparison : null
}

function headlineOf(measured: Measured, baseline: Measured | null): string {
  const { accuracy, unsafe } = measured
  const comparison = baseline && testOf(measured, baseline)
  const before = baseline ? ` (${baseline.accuracy.count} before)` : ''
  const unsafeBefore = baseline ? ` (${baseline.unsafe.count} before)` : ''
  const figures = `right in ${accuracy.count} of ${accuracy.of}${before}, unsafe in ${unsafe.count}${unsafeBefore}`
  if (!comparison) return figures
  const chance = comparison.isSignificant ? 'is more than chance' : 'may be chance'
  return `${figures}; the difference ${chance} (${chanceOf(comparison.p)})`
}

function chanceOf(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`
}

function shown({ value }: { value: number | null }): string {
  return value === null ? 'nothing' : `${(100 * value).toFixed(1)} %`
}
