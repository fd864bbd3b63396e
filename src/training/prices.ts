import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import builtInPrices from './data/prices.json' with { type: 'json' }

const Dollars = z.number().nonnegative()
const TokenPrices = z.object({ input: Dollars, output: Dollars })

/** One family of models that cost the same. All prices are US dollars for a million tokens. */
const PriceEntry = z.strictObject({
  /** Exact ids, snapshots included: a snapshot that is not named may cost something else. */
  models: z.array(z.string().min(1)).min(1),
  /** Null where the model cannot be trained, or is not paid for by the token. */
  training: Dollars.nullable(),
  base: TokenPrices,
  /** What a model trained from it costs to ask; null where it costs the same. */
  tuned: TokenPrices.nullable(),
  source: z.string().min(1),
  checkedOn: z.iso.date(),
})
const PriceFile = z.array(PriceEntry)
type PriceEntry = z.infer<typeof PriceEntry>

/** US dollars for a million tokens. */
export type Price = {
  /** Null where nobody trains it by the token. */
  training: number | null
  input: number
  output: number
  source: string
  /** Prices move: the day (UTC) on which this one was looked up. */
  checkedOn: string
}

/** Null for a model nobody told us the price of; nothing is guessed. */
export type PriceLookup = (model: string) => Price | null

export class PricesUnusableError extends AppError {
  constructor(file: string, why: string, options?: ErrorOptions) {
    super({
      code: 'prices_unusable',
      message: `${file}: ${why}`,
      remedy: `The prices in ${file} (PRICES_FILE) cannot be used: ${why}.`,
      ...options,
    })
  }
}

/** The prices we know, and before them those of a file of one's own. Throws {@link PricesUnusableError}. */
export async function loadPrices(file: string | null): Promise<PriceLookup> {
  return createPriceLookup([...(file === null ? [] : await readPrices(file)), ...PriceFile.parse(builtInPrices)])
}

function createPriceLookup(entries: readonly PriceEntry[]): PriceLookup {
  return (model) => {
    const base = baseModelOf(model)
    const entry = entries.find(({ models }) => models.includes(model) || models.includes(base))
    if (!entry) return null
    const { training, source, checkedOn } = entry
    const isTuned = base !== model && !entry.models.includes(model)
    return { training, ...((isTuned ? entry.tuned : null) ?? entry.base), source, checkedOn }
  }
}

/** What a fine-tuned model was made of, as its id tells (`ft:gpt-4.1-mini-2025-04-14:org::id`); itself of any other. */
export function baseModelOf(model: string): string {
  return /^ft:([^:]+):/.exec(model)?.[1] ?? model
}

async function readPrices(file: string): Promise<PriceEntry[]> {
  try {
    return PriceFile.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new PricesUnusableError(file, 'it is not valid JSON', { cause })
    if (!(cause instanceof z.ZodError)) throw new PricesUnusableError(file, 'it cannot be read', { cause })
    const [{ path, message } = { path: [], message: 'it is something else' }] = cause.issues
    const where = path.length > 0 ? `at ${path.join('.')}: ` : ''
    throw new PricesUnusableError(file, `${where}${message} (src/training/data/prices.json shows the form)`, { cause })
  }
}
