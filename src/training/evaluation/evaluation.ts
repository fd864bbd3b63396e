import type { Catalog } from '../../catalog/catalog.ts'
import type { Completions } from '../../diagnosis/model/chat-completion.ts'
import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { ModelFaultError } from '../../diagnosis/model/errors.ts'
import type { ModelNews } from '../../diagnosis/model/model-news.ts'
import { createPromptBuilder, type Strategy } from '../../diagnosis/strategies.ts'
import { writeRow } from '../../formats/writing.ts'
import { AppError, isAbort } from '../../lib/errors.ts'
import { sha256 } from '../../lib/hash.ts'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import type { Manifest } from '../datasets/manifest.ts'
import { DatasetUnusableError, EvaluationInterruptedError, MissingModelError } from '../errors.ts'
import type { PriceLookup } from '../prices.ts'
import { answerCost } from './answer-costs.ts'
import {
  createRequestQueue,
  DEFAULT_LIMITS,
  isTransientFault,
  type RequestLimits,
  type RequestQueue,
} from './ask-models.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { type Judge, judgeRows } from './judge.ts'
import { computeMetrics } from './metrics.ts'
import { comparePaired } from './paired-test.ts'
import { deleteCheckpoint, saveEvaluation, sweepCheckpoints } from './records.ts'
import type { MeasuredFile, ModelReport, Report } from './report.ts'
import { type EvaluationRow, expectedOf, promptOf, questionText, refuseTrainedRows } from './rows.ts'
import type { Outcome } from './scoring.ts'
import { recommendStrategy } from './strategy-choice.ts'

/** Who is measured: a model, and how it is asked. */
export type Candidate = { name: string; model: string; strategy: Strategy | null }

export type EvaluationRequest = {
  /** Models asked with the rows' own prompts, or candidates asked in their own way. */
  models: readonly (string | Candidate)[]
  rows: readonly EvaluationRow[]
  /** The file they were read from. */
  data?: MeasuredFile
  completions: Completions
  catalog: Catalog
  store: Store
  /** Whom the others are compared with, by name; the first unless given. */
  baseline?: string | undefined
  /** Which server is asked: the same models elsewhere are another run. */
  server?: string
  priceOf?: PriceLookup
  judge?: Judge | undefined
  /** Manifests of what these models were trained on, where their jobs were not started from here. */
  trainingManifests?: readonly Manifest[]
  /** Whether the candidates are ways to serve, of which one is to be recommended. */
  wantsRecommendation?: boolean
  /** Forgets what a run that was cut off has heard. */
  restart?: boolean
  limits?: Partial<RequestLimits>
  signal?: AbortSignal
  onProgress?: (progress: { model: string; done: number; total: number }) => void
  now?: () => number
}

/** A run that was cut off is not taken up after this: the models behind their names may have changed. */
const CHECKPOINT_TTL_MS = 7 * 24 * 60 * 60 * 1_000

/**
 * Asks each model every row and stores what came of it. A model that fails on a row is wrong there; nothing is left
 * out of the count. What was heard is kept as it comes, so that a run which was cut off goes on when it is begun again.
 * Throws `EvaluationLeakError` when a row was trained on, and {@link EvaluationInterruptedError} when the server is gone.
 */
export async function evaluate(request: EvaluationRequest): Promise<Report> {
  const { rows, catalog, store, onProgress, now = Date.now } = request
  const signal = request.signal ?? new AbortController().signal
  const candidates = request.models.map(candidateOf)
  const baseline = request.baseline ?? candidates[0]?.name ?? ''
  if (rows.length === 0) throw new DatasetUnusableError('The evaluation data', 'it has no rows')
  const known = await refuseTrainedRows(
    store,
    rows,
    candidates.map(({ model }) => model),
    request.trainingManifests ?? [],
  )
  const dataSha256 = sha256(rows.map(({ messages }) => writeRow(messages)).join('\n'))
  const runKey = sha256(JSON.stringify([request.server ?? '', dataSha256, catalog.version, candidates]))
  await sweepCheckpoints(store, now() - CHECKPOINT_TTL_MS)
  if (request.restart) await deleteCheckpoint(store, runKey)
  const checkpoint = await openCheckpoint(store, runKey, now)
  const queue = createRequestQueue(signal, { ...DEFAULT_LIMITS, ...request.limits })

  const buildPrompt = createPromptBuilder(catalog)
  const total = rows.length * candidates.length
  let done = 0
  const measured: { candidate: Candidate; outcomes: Outcome[]; prompts: (readonly ChatMessage[])[] }[] = []
  for (const candidate of candidates) {
    const prompts = rows.map((row) => buildPrompt(candidate.strategy ?? 'base', promptOf(row)))
    const outcomes = await queue.all(
      rows.map(async (row, at) => {
        const outcome = await outcomeOf({
          request,
          asker: queue,
          kept: checkpoint,
          candidate,
          prompt: prompts[at] ?? [],
          row,
          at,
        })
        done += 1
        onProgress?.({ model: candidate.name, done, total })
        return outcome
      }),
    )
    // Not one answer, and nothing but the way to the server to blame: that says nothing of the model.
    if (outcomes.every(({ failure }) => failure === 'model_offline' || failure === 'model_busy'))
      throw new EvaluationInterruptedError()
    measured.push({ candidate, outcomes, prompts })
  }

  const first = measured.find(({ candidate }) => candidate.name === baseline) ?? measured[0]
  const models: ModelReport[] = []
  for (const { candidate, outcomes, prompts } of measured)
    models.push({
      ...candidate,
      isTrainingKnown: known.has(candidate.model),
      ...computeMetrics(outcomes, catalog),
      comparison:
        !first || candidate === first.candidate
          ? null
          : comparePaired({ name: first.candidate.name, outcomes: first.outcomes }, outcomes, catalog),
      cost: await answerCost(candidate.model, outcomes, (row) => prompts[row] ?? [], request.priceOf ?? (() => null)),
      outcomes,
    })
  const questions = rows.map(questionText)
  const judge = request.judge
    ? await judgeRows({ judge: request.judge, models, baseline, questions, queue, checkpoint, store, onProgress })
    : null
  const createdAt = now()
  const id = newId('eval', new Date(createdAt))
  const report: Report = {
    id,
    createdAt,
    dataSha256,
    data: request.data ?? null,
    rows: rows.length,
    catalogVersion: catalog.version,
    questions,
    baseline,
    models,
    judge,
    decision: request.wantsRecommendation ? recommendStrategy(models, catalog) : null,
  }
  const text = JSON.stringify(report)
  await saveEvaluation(
    store,
    { id, data_sha256: dataSha256, created_at: createdAt, report: text },
    runKey,
    evaluationNews(report),
  )
  return report
}

function evaluationNews({ id: evaluation, models }: Report): ModelNews {
  const figures = models.map(({ name, accuracy: { count: right, of }, unsafe }) => ({
    name,
    right,
    of,
    unsafe: unsafe.count,
  }))
  return { kind: 'evaluated', evaluation, models: figures }
}

function candidateOf(candidate: string | Candidate): Candidate {
  return typeof candidate === 'string' ? { name: candidate, model: candidate, strategy: null } : candidate
}

/** What a candidate says to a row: kept from before, or asked now. */
async function outcomeOf(deps: {
  request: EvaluationRequest
  asker: RequestQueue
  kept: Checkpoint
  candidate: Candidate
  prompt: readonly ChatMessage[]
  row: EvaluationRow
  at: number
}): Promise<Outcome> {
  const { request, asker: queue, kept: checkpoint, candidate, prompt, at } = deps
  const expected = expectedOf(deps.row)
  const before = checkpoint.find(candidate.name, at)
  if (before) return { row: at, expected, ...before }
  try {
    const heard = await queue.run(async (signal) => {
      const startedAt = performance.now()
      const { text, refusal, usage } = await request
        .completions({ model: candidate.model, messages: prompt }, signal)
        .catch(withModelName(candidate.model))
      return {
        said: text || (refusal ?? ''),
        usage,
        latencyMs: Math.round((performance.now() - startedAt) * 10) / 10,
        failure: null,
      }
    })
    await checkpoint.save(candidate.name, at, heard)
    return { row: at, expected, ...heard }
  } catch (error) {
    queue.signal.throwIfAborted()
    if (isAbort(error) || !(error instanceof AppError) || error instanceof EvaluationInterruptedError) throw error
    const failed = { said: '', usage: null, latencyMs: 0, failure: error.code }
    // What was in the way may be gone when the run is begun again; what the model itself could not answer stays.
    if (!isTransientFault(error)) await checkpoint.save(candidate.name, at, failed)
    return { row: at, expected, ...failed }
  }
}

/** Of several models it must be told which one the server does not know. */
function withModelName(model: string) {
  return (error: unknown): never => {
    throw error instanceof ModelFaultError && error.code === 'model_missing'
      ? new MissingModelError(model, { cause: error })
      : error
  }
}
