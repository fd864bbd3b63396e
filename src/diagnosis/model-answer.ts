import { isAbort } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { ChatMessage } from './model/chat-message.ts'
import type { ChatModels } from './model/chat-stream.ts'
import { ModelFaultError } from './model/errors.ts'

export type ModelDeps = {
  models: ChatModels
  fallbackModel: string | null
  /** Milliseconds a question waits for models before the catalog answers alone. */
  budgetMs: number
  logger: Logger
}

/** What a model said; `none` when none could be reached. */
export type ModelOutput = { text: string; source: 'model' | 'fallback_model' | 'none'; model: string | null }
export const NO_OUTPUT: ModelOutput = { text: '', source: 'none', model: null }

export type ModelRequest = {
  active: string
  prompt: readonly ChatMessage[]
  /** Ends before the caller's signal where the catalog can answer instead. */
  budget: AbortSignal
  signal: AbortSignal
}

/** The whole answer, when nobody reads along. */
export async function completeAnswer(deps: ModelDeps, asking: ModelRequest): Promise<ModelOutput> {
  for await (const part of streamAnswer(deps, asking)) if (!('delta' in part)) return part
  return NO_OUTPUT
}

/** The active model's share of the time when there's a fallback model. */
const ACTIVE_SHARE = 0.6

/**
 * The active model, retried once if it broke off, then the fallback model. Text of a failed attempt has already been
 * given out; only the final part is believed, so the next attempt simply starts over.
 */
export async function* streamAnswer(
  { models, fallbackModel, budgetMs, logger }: ModelDeps,
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
