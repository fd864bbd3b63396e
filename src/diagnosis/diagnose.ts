import type { Catalog } from '../catalog/catalog.ts'
import { isAbort } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { statementOf } from './answer.ts'
import { askPlainly } from './ask-in-words.ts'
import { type Finding, ground } from './grounding.ts'
import type { Trial } from './model/active-model.ts'
import type { ChatMessage } from './model/chat-message.ts'
import type { ChatModels } from './model/chat-stream.ts'
import { ModelFaultError } from './model/errors.ts'
import { buildPrompt, type Turn } from './prompt.ts'
import { parseQuestion } from './question.ts'
import { MAX_QUESTION_CHARS } from './reading/plain-text.ts'
import { createPromptBuilder, type Serving, type Strategy } from './strategies.ts'

export type Question = {
  text: string
  turns?: readonly Turn[]
  /** Identifies the conversation, so that one model answers all of it; null outside a conversation. */
  thread?: string | null
}

/** Who gave the answer: the active model, the fallback model, or the catalog when no model was reachable. */
export type Source = 'model' | 'cache' | 'fallback_model' | 'catalog' | 'none'

export type Diagnosis = {
  /** What the model wrote, unchanged. */
  modelText: string
  source: Source
  model: string | null
  /** How the model was asked; null when none answered. */
  strategy: Strategy | null
  /** The canary trial in progress; null when there was none. */
  trial: Trial | null
  findings: readonly Finding[]
  /** The codes named in the question, in order. */
  namedCodes: readonly string[]
  /** The first device named in the question; null for none. */
  device: string | null
  latencyMs: number
}

/** The answer as it arrives: text while the model writes, then the diagnosis that may be believed. */
export type AnswerPart = { kind: 'text'; delta: string } | { kind: 'diagnosis'; diagnosis: Diagnosis }

export type Diagnose = (asked: Question, signal: AbortSignal) => AsyncIterable<AnswerPart>

export type DiagnoseDeps = {
  catalog: Catalog
  models: ChatModels
  /** The live model and strategy, looked up for every question, so that a promotion takes effect at once. */
  serving: (thread: string | null) => Promise<Serving>
  fallbackModel: string | null
  /** Milliseconds a question waits for models before the catalog answers alone. */
  budgetMs: number
  logger: Logger
}

/** Answers one question: asks the model and checks its words against the catalog. Throws only when aborted. */
export function createDiagnose(deps: DiagnoseDeps): Diagnose {
  const { catalog } = deps
  const phrase = createPromptBuilder(catalog)
  return async function* diagnose({ text, turns = [], thread = null }, signal) {
    const startedAt = performance.now()
    const words = text.slice(0, MAX_QUESTION_CHARS)
    const { codes, devices } = parseQuestion(words, catalog)
    const [first = null] = codes
    // Without a code the catalog can't answer in the model's place, so there's nothing to do but wait.
    const budget = first === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(deps.budgetMs)])
    const { model: active, strategy, trial } = await deps.serving(thread)
    const asking = (plain: ChatMessage[]): ModelRequest => ({ active, prompt: phrase(strategy, plain), budget, signal })
    const done = ({
      said,
      source,
      model,
      findings,
    }: Pick<Diagnosis, 'source' | 'model' | 'findings'> & { said: string }) =>
      ({
        kind: 'diagnosis',
        diagnosis: {
          modelText: said,
          source,
          model,
          strategy: model === null ? null : strategy,
          trial,
          findings,
          namedCodes: codes,
          device: devices[0] ?? null,
          latencyMs: Math.round(performance.now() - startedAt),
        },
      }) satisfies AnswerPart

    if (codes.length > 1) {
      // A model trained on single codes answers lists badly, so each code is asked separately.
      const answers = await Promise.all(
        codes.map((code) => completeAnswer(deps, asking(buildPrompt(askPlainly(code))))),
      )
      const findings = answers.map((answer, i) => findingOf(answer, codes[i] ?? null))
      const best = answers.find((answer) => answer.source !== 'none')
      return yield done({
        said: answers.map((answer) => answer.text).join('\n'),
        source: best?.source ?? sourceWithout(findings),
        model: best?.model ?? null,
        findings,
      })
    }

    let streamed: ModelOutput = NO_OUTPUT
    for await (const part of streamAnswer(deps, asking(buildPrompt(words, turns)))) {
      if ('delta' in part) yield { kind: 'text', delta: part.delta }
      else streamed = part
    }
    const finding = findingOf(streamed, first)
    yield done({
      said: streamed.text,
      source: streamed.source === 'none' ? sourceWithout([finding]) : streamed.source,
      model: streamed.model,
      findings: [finding],
    })
  }

  function findingOf(said: ModelOutput, code: string | null): Finding {
    if (said.source !== 'none') return ground(said.text, code, catalog)
    const entry = code ? catalog.find(code) : null
    if (code && !entry) return { verdict: 'unknown_code', code, statement: null }
    return { verdict: 'unanswered', code, statement: entry ? statementOf(entry) : null }
  }
}

/** The final part of a diagnosis, when nobody reads along. */
export async function diagnosisOf(deps: AsyncIterable<AnswerPart>): Promise<Diagnosis> {
  for await (const part of deps) if (part.kind === 'diagnosis') return part.diagnosis
  throw new ModelFaultError('model_garbled', 'the diagnosis ended without a result')
}

type ModelOutput = { text: string; source: 'model' | 'fallback_model' | 'none'; model: string | null }
const NO_OUTPUT: ModelOutput = { text: '', source: 'none', model: null }

function sourceWithout(findings: readonly Finding[]): Source {
  return findings.some((finding) => finding.statement) ? 'catalog' : 'none'
}

type ModelRequest = {
  active: string
  prompt: readonly ChatMessage[]
  /** Ends before the caller's signal where the catalog can answer instead. */
  budget: AbortSignal
  signal: AbortSignal
}

async function completeAnswer(deps: DiagnoseDeps, asking: ModelRequest): Promise<ModelOutput> {
  for await (const part of streamAnswer(deps, asking)) if (!('delta' in part)) return part
  return NO_OUTPUT
}

/** The active model's share of the time when there's a fallback model. */
const ACTIVE_SHARE = 0.6

/**
 * The active model, retried once if it broke off, then the fallback model. Text of a failed attempt has already been
 * given out; only the final part is believed, so the next attempt simply starts over.
 */
async function* streamAnswer(
  { models, fallbackModel, budgetMs, logger }: DiagnoseDeps,
  { active, prompt, budget, signal }: ModelRequest,
): AsyncIterable<{ delta: string } | ModelOutput> {
  const behind = fallbackModel && fallbackModel !== active ? fallbackModel : null
  const share = behind ? AbortSignal.any([budget, AbortSignal.timeout(budgetMs * ACTIVE_SHARE)]) : budget
  const waiting = [active, ...(behind ? [behind] : [])]
  let hasBrokenOff = false
  for (let model = waiting.shift(); model !== undefined; model = waiting.shift()) {
    const within = model === active ? share : budget
    let text = ''
    try {
      for await (const delta of models.stream({ model, messages: prompt }, within)) {
        text += delta
        if (model === active) yield { delta }
      }
      return yield { text, source: model === active ? 'model' : 'fallback_model', model }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ModelFaultError) && !isAbort(error) && !within.aborted) throw error
      logger.warn({ err: error, model }, 'the model gave no usable answer')
      if (error instanceof ModelFaultError && error.code === 'model_garbled' && !hasBrokenOff && !within.aborted) {
        hasBrokenOff = true
        waiting.unshift(model)
      }
    }
  }
  yield NO_OUTPUT
}
