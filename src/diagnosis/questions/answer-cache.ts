import { createHash } from 'node:crypto'
import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import type { AnswerPart, Diagnose, Diagnosis } from '../diagnose.ts'
import { ground } from '../grounding.ts'
import { type NamedInQuestion, parseQuestion } from '../question.ts'
import { MAX_QUESTION_CHARS } from '../reading/plain-text.ts'
import type { Serving, Strategy } from '../strategies.ts'

/** An answer is asked again at least once a day, so that nothing stale survives unnoticed. */
export const ANSWER_CACHE_MS = 24 * 60 * 60 * 1_000

const Kept = z.object({ model: z.string(), modelText: z.string().max(32_000) })

/** The question and model, as the answer's row records them. */
type AnswerKept = { question_text: string; model: string | null; strategy: Strategy | null }
type Asking = Pick<Serving, 'model' | 'strategy'>

export type AnswerCache = {
  /** The same diagnosis, answered from the cache when the same model was asked the same before. */
  wrap(diagnose: Diagnose): Diagnose
  /** After a thumbs-down the next person gets a fresh answer. */
  forget(answer: AnswerKept): Promise<void>
}

/**
 * Caches grounded answers to first questions about one code. The key has no device, since answers don't depend on it,
 * but the model, the strategy and the catalog's version. Only the model's text is cached: it's compared with the
 * catalog each time, so a corrupted row merely means asking again.
 */
export function createAnswerCache(deps: {
  catalog: Catalog
  kept: Keyv<unknown>
  serving: (thread: string | null) => Promise<Serving>
}): AnswerCache {
  const { catalog, kept, serving } = deps

  const keyOf = (question: string, { devices }: NamedInQuestion, { model, strategy }: Asking) =>
    createHash('sha256')
      .update(JSON.stringify([model, strategy, catalog.version, withoutDevices(question, devices)]))
      .digest('hex')

  /** The cached answer as today's diagnosis; null when it no longer holds. */
  async function recall(
    key: string,
    { codes: namedCodes, devices }: NamedInQuestion,
    { model, strategy, trial }: Serving,
  ): Promise<Diagnosis | null> {
    const startedAt = performance.now()
    const read = Kept.safeParse(await kept.get(key).catch(nothing))
    if (!read.success || read.data.model !== model) return null
    const [code = null] = namedCodes
    const finding = ground(read.data.modelText, code, catalog)
    if (finding.verdict !== 'grounded') return null
    const latencyMs = Math.round(performance.now() - startedAt)
    return {
      ...read.data,
      strategy,
      trial,
      source: 'cache',
      findings: [finding],
      namedCodes,
      device: devices[0] ?? null,
      latencyMs,
    }
  }

  /** The model may have changed between the look-up and the answer. */
  const isBy = (active: Serving, { model, strategy }: Diagnosis) =>
    model === active.model && strategy === active.strategy
  const isWorthKeeping = ({ source, findings }: Diagnosis) =>
    source === 'model' && findings.every(({ verdict }) => verdict === 'grounded')

  return {
    wrap: (diagnose) =>
      async function* cached(asked, signal): AsyncIterable<AnswerPart> {
        const named = parseQuestion(asked.text, catalog)
        if (asked.turns?.length || named.codes.length !== 1) return yield* diagnose(asked, signal)
        const active = await serving(asked.thread ?? null)
        const key = keyOf(asked.text, named, active)
        const recalled = await recall(key, named, active)
        if (recalled) return yield { kind: 'diagnosis', diagnosis: recalled }
        for await (const part of diagnose(asked, signal)) {
          if (part.kind === 'diagnosis' && isBy(active, part.diagnosis) && isWorthKeeping(part.diagnosis)) {
            // In the background; the answer doesn't wait.
            kept.set(key, { modelText: part.diagnosis.modelText, model: active.model }).catch(nothing)
          }
          yield part
        }
      },
    async forget({ question_text: question, model, strategy }) {
      if (model && strategy) await kept.delete(keyOf(question, parseQuestion(question, catalog), { model, strategy }))
    },
  }
}

/** If the cache fails, the model is asked. */
const nothing = () => undefined

/** Case, punctuation and the device don't make another question. */
function withoutDevices(question: string, devices: readonly string[]): string {
  const plain = question
    .slice(0, MAX_QUESTION_CHARS)
    .normalize('NFKC')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
  return devices
    .reduce((text, device) => text.replace(asTyped(device), ' '), plain)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}-]+/gu, ' ')
    .trim()
}

/** A device id however it was typed: `hc5000 a 1138`, `HC5000_A1138`. */
function asTyped(device: string): RegExp {
  const pieces = device.match(/\p{L}+|\p{N}+/gu) ?? []
  return new RegExp(pieces.join('[-\\s_]*'), 'giu')
}
