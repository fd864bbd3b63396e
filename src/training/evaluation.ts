import pLimit from 'p-limit'
import { z } from 'zod'
import type { Catalog } from '../catalog/catalog.ts'
import type { ChatMessage } from '../diagnosis/prompt.ts'
import { rowFaults } from '../feedback/formats/validating.ts'
import { writeRow } from '../feedback/formats/writing.ts'
import { AppError, isAbort } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { readLines } from '../lib/lines.ts'
import type { Store } from '../store/open.ts'
import { DatasetUnusableError, EvaluationLeakError, UnknownEvaluationError } from './errors.ts'
import { type Manifest, questionSha256, sha256 } from './manifest.ts'
import { type Measures, measure, type Outcome } from './metrics.ts'
import { findEvaluationText, saveEvaluation } from './records.ts'

/** A row to measure on: what is asked, closed by the answer that is right. */
export type EvaluationRow = { messages: readonly ChatMessage[] }

export type ModelReport = Measures & { model: string; outcomes: readonly Outcome[] }

export type Report = {
  id: string
  createdAt: number
  /** Of the rows in their order: two reports with the same one measured the same. */
  dataSha256: string
  rows: number
  catalogVersion: string
  models: readonly ModelReport[]
}

/** Asks a model for its whole answer. */
export type Ask = (model: string, messages: readonly ChatMessage[], signal: AbortSignal) => Promise<string>

export type EvaluationRequest = {
  models: readonly string[]
  rows: readonly EvaluationRow[]
  ask: Ask
  catalog: Catalog
  store: Store
  /** Manifests of what these models were trained on: rows that stand there are refused. */
  trainedOn?: readonly Manifest[]
  concurrency?: number
  signal?: AbortSignal
  onProgress?: (progress: { model: string; done: number; total: number }) => void
  now?: () => number
}

const CONCURRENCY = 4

/**
 * Asks each model every row and stores what came of it. A model that fails on a row is wrong there; nothing is left
 * out of the count. Throws {@link EvaluationLeakError} when a row was trained on.
 */
export async function evaluate(request: EvaluationRequest): Promise<Report> {
  const { models, rows, ask, catalog, store, onProgress, now = Date.now } = request
  const signal = request.signal ?? new AbortController().signal
  if (rows.length === 0) throw new DatasetUnusableError('The evaluation data', 'it has no rows')
  refuseLeaks(rows, request.trainedOn ?? [])
  const total = rows.length * models.length
  let done = 0
  const limit = pLimit(request.concurrency ?? CONCURRENCY)
  const reports: ModelReport[] = []
  for (const model of models) {
    const outcomes = await limit.map(rows, async ({ messages }, row) => {
      signal.throwIfAborted()
      const outcome = await askOnce(
        () => ask(model, messages.slice(0, -1), signal),
        messages.at(-1)?.content ?? '',
        row,
      )
      done += 1
      onProgress?.({ model, done, total })
      return outcome
    })
    reports.push({ model, ...measure(outcomes, catalog), outcomes })
  }
  const createdAt = now()
  const report: Report = {
    id: newId('eval', new Date(createdAt)),
    createdAt,
    dataSha256: sha256(rows.map(({ messages }) => writeRow(messages)).join('\n')),
    rows: rows.length,
    catalogVersion: catalog.version,
    models: reports,
  }
  await saveEvaluation(store, {
    id: report.id,
    data_sha256: report.dataSha256,
    created_at: createdAt,
    report: JSON.stringify(report),
  })
  return report
}

async function askOnce(ask: () => Promise<string>, expected: string, row: number): Promise<Outcome> {
  const startedAt = performance.now()
  const ended = (said: string, failure: string | null): Outcome => ({
    row,
    expected,
    said,
    latencyMs: Math.round((performance.now() - startedAt) * 10) / 10,
    failure,
  })
  try {
    return ended(await ask(), null)
  } catch (error) {
    if (isAbort(error) || !(error instanceof AppError)) throw error
    return ended('', error.code)
  }
}

function refuseLeaks(rows: readonly EvaluationRow[], manifests: readonly Manifest[]): void {
  const trained = new Set(manifests.flatMap(({ files }) => files.train.rows.map(({ question }) => question)))
  const leaked = rows.flatMap(({ messages }, at) => (trained.has(questionSha256(messages)) ? [at + 1] : []))
  if (leaked.length > 0) throw new EvaluationLeakError(leaked)
}

const Row = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
})

/** Reads rows to measure on from a JSONL file in OpenAI's chat format. Throws {@link DatasetUnusableError}. */
export async function readEvaluationRows(file: string, signal?: AbortSignal): Promise<EvaluationRow[]> {
  const rows: EvaluationRow[] = []
  for await (const { number, bytes } of readLines(file, { signal })) {
    const line = bytes?.toString('utf8') ?? ''
    const [fault] = rowFaults(line, 'openai-sft')
    if (fault) throw new DatasetUnusableError(file, `line ${number}: ${fault.message}`)
    const row = Row.safeParse(JSON.parse(line))
    if (!row.success) throw new DatasetUnusableError(file, `line ${number}: it holds more than text to be asked`)
    rows.push(row.data)
  }
  return rows
}

const Share = z.object({
  count: z.number(),
  of: z.number(),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})

/** Of a stored report only what later decisions rest on is read; the rest passes through. */
const StoredReport = z.looseObject({
  id: z.string(),
  dataSha256: z.string(),
  models: z.array(z.looseObject({ model: z.string(), accuracy: Share, unsafe: Share })),
})
export type StoredReport = z.infer<typeof StoredReport>

/** A stored report. Throws {@link UnknownEvaluationError}. */
export async function findEvaluation(store: Store, id: string): Promise<StoredReport> {
  const text = await findEvaluationText(store, id)
  if (text === null) throw new UnknownEvaluationError(id)
  return StoredReport.parse(JSON.parse(text))
}
