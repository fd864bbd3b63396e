import { createHash } from 'node:crypto'
import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Catalog } from '../catalog/catalog.ts'
import type { AnswerPart, Diagnose } from './diagnose.ts'
import { ground } from './grounding.ts'
import { readNamed } from './question.ts'

/** An answer is asked anew at least once a day, so that nothing stale lives on unseen. */
export const ANSWER_CACHE_MS = 24 * 60 * 60 * 1_000

const Kept = z.object({ modelText: z.string(), model: z.string() })

export type AnswerCache = {
  /** The same diagnosis, given at once when the same model was asked the same before. */
  wrap(diagnose: Diagnose): Diagnose
  /** A thumb went down: the next one who asks gets a fresh answer. */
  forget(question: string, model: string | null): Promise<void>
}

/**
 * Remembers grounded answers to first questions for one code. The device is no part of the key, since answers do not
 * hang on it; the model and the catalog's version are. What is kept is the model's text: it is checked anew each time.
 */
export function createAnswerCache(parts: {
  catalog: Catalog
  kept: Keyv<unknown>
  activeModel: () => Promise<string>
}): AnswerCache {
  const { catalog, kept, activeModel } = parts
  const keyOf = (question: string, model: string) => {
    const { devices } = readNamed(question, catalog)
    const plain = devices.reduce((text, device) => text.replaceAll(device.toLowerCase(), ' '), question.toLowerCase())
    const words = plain.replace(/[^\p{L}\p{N}-]+/gu, ' ').trim()
    return createHash('sha256')
      .update(JSON.stringify([model, catalog.version, words]))
      .digest('hex')
  }
  return {
    wrap: (diagnose) =>
      async function* cached(asked, signal): AsyncIterable<AnswerPart> {
        const { codes, devices } = readNamed(asked.text, catalog)
        const [code] = codes
        if (codes.length !== 1 || !code || (asked.turns ?? []).length > 0) return yield* diagnose(asked, signal)
        const startedAt = performance.now()
        const key = keyOf(asked.text, await activeModel())
        const read = Kept.safeParse(await kept.get(key))
        const finding = read.success ? ground(read.data.modelText, code, catalog) : null
        if (read.success && finding?.verdict === 'grounded') {
          const latencyMs = Math.round(performance.now() - startedAt)
          const device = devices[0] ?? null
          const diagnosis = {
            ...read.data,
            source: 'cache',
            findings: [finding],
            namedCodes: codes,
            device,
            latencyMs,
          } as const
          return yield { kind: 'diagnosis', diagnosis }
        }
        for await (const part of diagnose(asked, signal)) {
          yield part
          if (part.kind !== 'diagnosis') continue
          const { source, model, modelText, findings } = part.diagnosis
          if (source === 'model' && model && findings.every(({ verdict }) => verdict === 'grounded'))
            await kept.set(keyOf(asked.text, model), { modelText, model })
        }
      },
    async forget(question, model) {
      if (model) await kept.delete(keyOf(question, model))
    },
  }
}
