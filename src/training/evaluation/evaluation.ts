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
import type { PriceOf } from '../prices.ts'
import { costOf } from './answer-costs.ts'
import { type Asker, createAsker, isPassingFault, TIMEOUTS, type Timeouts } from './ask-models.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { type Judging, judgeRows } from './judge.ts'
import { measure } from './metrics.ts'
import { compare } from './paired-test.ts'
import { deleteCheckpoint, saveEvaluation, sweepCheckpoints } from './records.ts'
import type { MeasuredFile, ModelReport, Report } from './report.ts'
import { type EvaluationRow, expectedOf, promptOf, questionOf, refuseSeen } from './rows.ts'
import type { Outcome } from './scoring.ts'
import { decide } from './strategy-choice.ts'

/** Who is measured: a model, and how it is asked. */
export type Candidate = { name: string; model: string; strategy: Strategy | null }

export type EvaluationRequest = {
  /** Models asked with the rows' own prompts, or candidates asked in their own way. */
  models: readonly (string | Candidate)[]
  rows: readonly EvaluationRow[]
  /** The file they were read from. */
  data?: MeasuredFile
  answers: Completions
  catalog: Catalog
  store: Store
  /** Whom the others are compared with, by name; the first unless given. */
  baseline?: string | undefined
  /** Which server is asked: the same models elsewhere are another run. */
  server?: string
  priceOf?: PriceOf
  judging?: Judging | undefined
  /** Manifests of what these models were trained on, where their jobs were not started from here. */
  trainedOn?: readonly Manifest[]
  /** Whether the candidates are ways to serve, of which one is to be recommended. */
  isDecision?: boolean
  /** Forgets what a run that was cut off has heard. */
  afresh?: boolean
  timeouts?: Partial<Timeouts>
  signal?: AbortSignal
  onProgress?: (progress: { model: string; done: number; total: number }) => void
  now?: () => number
}

/** A run that was cut off is not taken up after this: the models behind their names may have changed. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1_000

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
  const known = await refuseSeen(
    store,
    rows,
    candidates.map(({ model }) => model),
    request.trainedOn ?? [],
  )
  const dataSha256 = sha256(rows.map(({ messages }) => writeRow(messages)).join('\n'))
  const runKey = sha256(JSON.stringify([request.server ?? '', dataSha256, catalog.version, candidates]))
  await sweepCheckpoints(store, now() - KEPT_MS)
  if (request.afresh) await deleteCheckpoint(store, runKey)
  const kept = await openCheckpoint(store, runKey, now)
  const asker = createAsker(signal, { ...TIMEOUTS, ...request.timeouts })

  const phrase = createPromptBuilder(catalog)
  const total = rows.length * candidates.length
  let done = 0
  const measured: { candidate: Candidate; outcomes: Outcome[]; prompts: (readonly ChatMessage[])[] }[] = []
  for (const candidate of candidates) {
    const prompts = rows.map((row) => phrase(candidate.strategy ?? 'base', promptOf(row)))
    const outcomes = await asker.all(
      rows.map(async (row, at) => {
        const outcome = await outcomeOf({ request, asker, kept, candidate, prompt: prompts[at] ?? [], row, at })
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
      ...measure(outcomes, catalog),
      comparison:
        !first || candidate === first.candidate
          ? null
          : compare({ name: first.candidate.name, outcomes: first.outcomes }, outcomes, catalog),
      cost: await costOf(candidate.model, outcomes, (row) => prompts[row] ?? [], request.priceOf ?? (() => null)),
      outcomes,
    })
  const questions = rows.map(questionOf)
  const judge = request.judging
    ? await judgeRows({ judging: request.judging, models, baseline, questions, asker, kept, store, onProgress })
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
    decision: request.isDecision ? decide(models, catalog) : null,
  }
  const text = JSON.stringify(report)
  await saveEvaluation(
    store,
    { id, data_sha256: dataSha256, created_at: createdAt, report: text },
    runKey,
    newsOf(report),
  )
  return report
}

function newsOf({ id: evaluation, models }: Report): ModelNews {
  const figures = models.map(({ name, accuracy: { count: right, of }, unsafe }) => ({
    name,
    right,
    of,
    unsafe: unsafe.count,
  }))
  return { kind: 'evaluated', evaluation, models: figures }
}

function candidateOf(given: string | Candidate): Candidate {
  return typeof given === 'string' ? { name: given, model: given, strategy: null } : given
}

/** What a candidate says to a row: kept from before, or asked now. */
async function outcomeOf(deps: {
  request: EvaluationRequest
  asker: Asker
  kept: Checkpoint
  candidate: Candidate
  prompt: readonly ChatMessage[]
  row: EvaluationRow
  at: number
}): Promise<Outcome> {
  const { request, asker, kept, candidate, prompt, at } = deps
  const expected = expectedOf(deps.row)
  const before = kept.find(candidate.name, at)
  if (before) return { row: at, expected, ...before }
  try {
    const heard = await asker.ask(async (signal) => {
      const startedAt = performance.now()
      const { text, refusal, usage } = await request
        .answers({ model: candidate.model, messages: prompt }, signal)
        .catch(named(candidate.model))
      return {
        said: text || (refusal ?? ''),
        usage,
        latencyMs: Math.round((performance.now() - startedAt) * 10) / 10,
        failure: null,
      }
    })
    await kept.keep(candidate.name, at, heard)
    return { row: at, expected, ...heard }
  } catch (error) {
    asker.signal.throwIfAborted()
    if (isAbort(error) || !(error instanceof AppError) || error instanceof EvaluationInterruptedError) throw error
    const failed = { said: '', usage: null, latencyMs: 0, failure: error.code }
    // What was in the way may be gone when the run is begun again; what the model itself could not answer stays.
    if (!isPassingFault(error)) await kept.keep(candidate.name, at, failed)
    return { row: at, expected, ...failed }
  }
}

/** Of several models it must be told which one the server does not know. */
function named(model: string) {
  return (error: unknown): never => {
    throw error instanceof ModelFaultError && error.code === 'model_missing'
      ? new MissingModelError(model, { cause: error })
      : error
  }
}
