import { baseModelOf } from '../prices.ts'

/** What a tokenizer counts: a text, or messages as a chat model is given them. */
export type TokenizerInput = string | readonly { role: string; content: string; name?: string }[]

export type TokenCount = { tokens: number; isEstimate: boolean }

/** Counts for one model. `isEstimate` where its tokenizer is not known to us. */
export type Tokenizer = { name: string; isEstimate: boolean; count: (counted: TokenizerInput) => number }

/** Model families by the vocabulary that their maker published. */
const ENCODINGS = [
  { name: 'o200k_base', models: /^(?:gpt-(?:4o|4\.1|4\.5|5)|o[134](?:-|$)|chatgpt-4o)/ },
  { name: 'o200k_harmony', models: /^(?:openai\/)?gpt-oss/ },
  { name: 'cl100k_base', models: /^gpt-(?:4|3\.5|35)(?:-|$)/ },
] as const

/** Microsoft Learn, "Customize a model with fine-tuning", column "Training example context length", and OpenAI's community pages. */
const CONTEXTS = [
  { models: /^gpt-(?:4o|4\.1)(?:-|$)/, tokens: 65_536 },
  { models: /^gpt-(?:3\.5|35)-turbo(?:-|$)/, tokens: 16_385 },
] as const

/** OpenAI's cookbook, "How to count tokens": what stands around each message, around a name, and before the answer. */
const TOKENS_PER_MESSAGE = 3
const TOKENS_PER_NAME = 1
const REPLY_PRIMING_TOKENS = 3

/** English text has some four to five bytes a token; four errs on the side of too many. */
const BYTES_PER_TOKEN = 4

/** Merging takes time by the square of a word's length, and a word this long is none: it is counted in pieces. */
const LONG_WORD = /\S{512}/g
const LONG_GAP = /\s{512}/g

/**
 * The tokenizer of a model, trained from another or not. Its vocabulary takes some 80 MB and a quarter of a second, so
 * it is loaded on the first call and never at the start.
 */
export async function openTokenizer(model: string): Promise<Tokenizer> {
  const encoding = ENCODINGS.find(({ models }) => models.test(baseModelOf(model)))
  if (!encoding) return tokenizerOf('bytes', true, (text) => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN))
  const { countTokens: count } = await load(encoding.name)
  // What looks like a special token is text here: whether it may stand there is for the rules to say.
  const asText = { disallowedSpecial: new Set<string>() }
  return tokenizerOf(encoding.name, false, (text) =>
    count(text.length < 512 ? text : text.replace(LONG_WORD, '$& ').replace(LONG_GAP, '$&.'), asText),
  )
}

/**
 * The longest example that is trained on as a whole, longer ones being cut, by what providers say of their models
 * (checked on 2026-11-22); null where nobody told us.
 */
export function trainingContext(model: string): number | null {
  return CONTEXTS.find(({ models }) => models.test(baseModelOf(model)))?.tokens ?? null
}

/** Counts once. For many texts open the tokenizer and keep it. */
export async function countTokens(counted: TokenizerInput, model: string): Promise<TokenCount> {
  const { count, isEstimate } = await openTokenizer(model)
  return { tokens: count(counted), isEstimate }
}

function load(name: (typeof ENCODINGS)[number]['name']) {
  switch (name) {
    case 'o200k_base':
      return import('gpt-tokenizer/encoding/o200k_base')
    case 'o200k_harmony':
      return import('gpt-tokenizer/encoding/o200k_harmony')
    case 'cl100k_base':
      return import('gpt-tokenizer/encoding/cl100k_base')
    default:
      return name satisfies never
  }
}

function tokenizerOf(name: string, isEstimate: boolean, ofText: (text: string) => number): Tokenizer {
  const ofMessage = ({ role, content, name: who }: Exclude<TokenizerInput, string>[number]) =>
    TOKENS_PER_MESSAGE + ofText(role) + ofText(content) + (who === undefined ? 0 : TOKENS_PER_NAME + ofText(who))
  return {
    name,
    isEstimate,
    count: (counted) =>
      typeof counted === 'string'
        ? ofText(counted)
        : counted.reduce((sum, message) => sum + ofMessage(message), REPLY_PRIMING_TOKENS),
  }
}
