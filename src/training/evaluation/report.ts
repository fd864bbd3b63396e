import { z } from 'zod'
import { STRATEGIES } from '../../diagnosis/strategies.ts'
import type { Store } from '../../store/open.ts'
import { OutdatedReportError, UnknownEvaluationError } from '../errors.ts'
import type { AnswerCost } from './answer-costs.ts'
import { StoredJudgeReport } from './judge-report.ts'
import type { Metrics } from './metrics.ts'
import type { Comparison } from './paired-test.ts'
import { findEvaluationText, listEvaluationIds } from './records.ts'
import type { Outcome } from './scoring.ts'
import type { Estimate, Rate } from './statistics.ts'

const StoredRate = z.object({
  count: z.number(),
  of: z.number(),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
}) satisfies z.ZodType<Rate>

const StoredEstimate = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
}) satisfies z.ZodType<Estimate>

const Milliseconds = z.number().nullable()

const StoredMeasures = z.object({
  accuracy: StoredRate,
  byLabel: z.record(z.string(), StoredRate),
  labels: z.record(z.string(), z.object({ precision: StoredRate, recall: StoredRate, f1: StoredEstimate })),
  macroF1: StoredEstimate,
  unsafe: StoredRate,
  commands: StoredRate,
  abstention: StoredRate,
  offTopic: StoredRate,
  falseAbstention: StoredRate,
  exact: StoredRate,
  failed: StoredRate,
  latencyMs: z.object({ p50: Milliseconds, p95: Milliseconds, p99: Milliseconds }),
  confusion: z.object({
    rows: z.array(z.string()).readonly(),
    columns: z.array(z.string()).readonly(),
    counts: z.array(z.array(z.number()).readonly()).readonly(),
  }),
}) satisfies z.ZodType<Metrics>

const StoredOutcome = z.object({
  row: z.number(),
  expected: z.string(),
  said: z.string(),
  latencyMs: z.number(),
  failure: z.string().nullable(),
  usage: z.object({ promptTokens: z.number(), completionTokens: z.number() }).nullable(),
}) satisfies z.ZodType<Outcome>

const StoredComparison = z.object({
  baseline: z.string(),
  onlyThis: z.number(),
  onlyBaseline: z.number(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  p: z.number(),
  isSignificant: z.boolean(),
}) satisfies z.ZodType<Comparison>

const StoredCost = z.object({
  tokens: z.object({ prompt: z.number(), completion: z.number() }).nullable(),
  countedBy: z.enum(['server', 'us', 'estimate']),
  price: z.object({ input: z.number(), output: z.number(), source: z.string(), checkedOn: z.string() }).nullable(),
  usd: z.number().nullable(),
  usdPer1000: z.number().nullable(),
}) satisfies z.ZodType<AnswerCost>

/** Which way of serving is worth using, and by which rules that was found. */
export const StrategyRecommendation = z.object({
  /** By its name in the report. */
  recommended: z.string(),
  /** One line for each rule, in their order: what it asked and what it left. */
  rules: z.array(z.object({ rule: z.string(), outcome: z.string() })).readonly(),
  /** What should be known before the recommendation is followed. */
  cautions: z.array(z.string()).readonly(),
})
export type StrategyRecommendation = z.infer<typeof StrategyRecommendation>

const ModelReport = StoredMeasures.extend({
  /** As it stands in tables: the model, and how it was asked where one model was asked in several ways. */
  name: z.string(),
  model: z.string(),
  /** Null where it was asked with the rows' own prompts, as models are trained. */
  strategy: z.enum(STRATEGIES).nullable(),
  /** Whether we know what it was trained on, so that rows it has seen were refused. */
  isTrainingKnown: z.boolean(),
  /** Against the baseline; null for the baseline itself. */
  comparison: StoredComparison.nullable(),
  cost: StoredCost,
  outcomes: z.array(StoredOutcome).readonly(),
})
export type ModelReport = z.infer<typeof ModelReport>

const MeasuredFile = z.object({ file: z.string(), sha256: z.string() })

/** The file that models were measured on, as it was called and by its bytes. */
export type MeasuredFile = z.infer<typeof MeasuredFile>

const Report = z.object({
  id: z.string(),
  createdAt: z.number(),
  /** Of the rows in their order: two reports with the same one measured the same. */
  dataSha256: z.string(),
  /** Null where the rows came from no file, and of earlier reports. */
  data: MeasuredFile.nullable().default(null),
  rows: z.number(),
  catalogVersion: z.string(),
  /** What the models were asked, by row. */
  questions: z.array(z.string()).readonly(),
  /** Whom the others are compared with, by name. */
  baseline: z.string(),
  models: z.array(ModelReport).readonly(),
  judge: StoredJudgeReport.nullable(),
  /** Where ways to serve were to be decided between. */
  decision: StrategyRecommendation.nullable(),
})
export type Report = z.infer<typeof Report>

/** Of a stored report only what later decisions rest on is read; the rest passes through. */
const StoredReport = z.looseObject({
  id: z.string(),
  dataSha256: z.string(),
  createdAt: z.number(),
  rows: z.number().optional(),
  data: MeasuredFile.nullish(),
  models: z.array(z.looseObject({ model: z.string(), accuracy: StoredRate, unsafe: StoredRate })),
})
export type StoredReport = z.infer<typeof StoredReport>

/** A stored report. Throws {@link UnknownEvaluationError}. */
export async function findEvaluation(store: Store, id: string): Promise<StoredReport> {
  return StoredReport.parse(await readReportJson(store, id))
}

/** The whole of it, to be shown. Throws {@link UnknownEvaluationError}, and {@link OutdatedReportError} where it holds less. */
export async function findReport(store: Store, id: string): Promise<Report> {
  const read = Report.safeParse(await readReportJson(store, id))
  if (!read.success) throw new OutdatedReportError(id, { cause: read.error })
  return read.data
}

/** Of the newest evaluations what a list shows, the newest first. */
export async function listReports(store: Store): Promise<StoredReport[]> {
  const ids = await listEvaluationIds(store, MAX_LISTED)
  return Promise.all(ids.map((id) => findEvaluation(store, id)))
}

const MAX_LISTED = 50

async function readReportJson(store: Store, id: string): Promise<unknown> {
  const text = await findEvaluationText(store, id)
  if (text === null) throw new UnknownEvaluationError(id)
  return JSON.parse(text)
}
