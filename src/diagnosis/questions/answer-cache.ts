import { createHash } from 'node:crypto'
import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import type { AnswerMemory } from '../diagnose.ts'
import { parseQuestion } from '../question.ts'
import { MAX_QUESTION_CHARS } from '../reading/plain-text.ts'
import type { Serving, Strategy } from '../strategies.ts'

/** An answer is asked again at least once a day, so that nothing stale survives unnoticed. */
export const ANSWER_CACHE_MS = 24 * 60 * 60 * 1_000

const Kept = z.object({ model: z.string(), modelText: z.string().max(32_000) })

/** The question and model, as the answer's row records them. */
type AnswerKept = { question_text: string; model: string | null; strategy: Strategy | null }
type Asking = Pick<Serving, 'model' | 'strategy'>

export type AnswerCache = AnswerMemory & {
  /** After a thumbs-down the next person gets a fresh answer. */
  forget(answer: AnswerKept): Promise<void>
}

/**
 * Caches grounded answers to first questions about one code. The key has no device, since answers don't depend on it,
 * but the model, the strategy and the catalog's version. Only the model's text is cached: it's compared with what is
 * approved each time, so a corrupted row merely means asking again.
 */
export function createAnswerCache({ catalog, kept }: { catalog: Catalog; kept: Keyv<unknown> }): AnswerCache {
  const keyOf = (question: string, { model, strategy }: Asking) =>
    createHash('sha256')
      .update(JSON.stringify([model, strategy, catalog.version, withoutDevices(question, catalog)]))
      .digest('hex')

  return {
    async recall(question, serving) {
      const read = Kept.safeParse(await kept.get(keyOf(question, serving)).catch(nothing))
      return read.success && read.data.model === serving.model ? read.data.modelText : null
    },
    keep(question, modelText, serving) {
      kept.set(keyOf(question, serving), { modelText, model: serving.model }).catch(nothing)
    },
    async forget({ question_text: question, model, strategy }) {
      if (model && strategy) await kept.delete(keyOf(question, { model, strategy }))
    },
  }
}

/** If the cache fails, the model is asked. */
const nothing = () => undefined

/** Case, punctuation and the device don't make another question. */
function withoutDevices(question: string, catalog: Catalog): string {
  const plain = question
    .slice(0, MAX_QUESTION_CHARS)
    .normalize('NFKC')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
  return parseQuestion(question, catalog)
    .devices.reduce((text, device) => text.replace(asTyped(device), ' '), plain)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}-]+/gu, ' ')
    .trim()
}

/** A device id however it was typed: `hc5000 a 1138`, `HC5000_A1138`. */
function asTyped(device: string): RegExp {
  const pieces = device.match(/\p{L}+|\p{N}+/gu) ?? []
  return new RegExp(pieces.join('[-\\s_]*'), 'giu')
}
