import type { Catalog } from '../catalog/catalog.ts'
import type { CodeEntry } from '../catalog/schema.ts'
import { statementOf, writeAnswer } from './answer.ts'
import { writeDecline } from './decline.ts'
import type { Trial } from './model/active-model.ts'
import type { ChatMessage } from './model/chat-message.ts'
import { parseQuestion } from './question.ts'
import { createSymptomSearch } from './symptoms.ts'

/**
 * The ways to serve: a fine-tuned model, a base model with the catalog's facts in its prompt, and a plain base model.
 */
export const STRATEGIES = ['fine-tuned', 'grounded', 'base'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** The model and how it's asked. */
export type Serving = { model: string; strategy: Strategy; trial: Trial | null }

/** Turns the plain prompt, in the shape models are trained on, into the one for a strategy. */
export type PromptBuilder = (strategy: Strategy, plain: readonly ChatMessage[]) => readonly ChatMessage[]

/** A pure function of the prompt; it prepares what it needs from the catalog on first use. */
export function createPromptBuilder(catalog: Catalog): PromptBuilder {
  let grounded: ReturnType<typeof withFacts> | null = null
  return (strategy, plain) => {
    if (strategy !== 'grounded') return plain
    grounded ??= withFacts(catalog)
    return grounded(plain)
  }
}

/** Some 1,500 tokens of facts: a small catalog as a whole, or the relevant part of a large one. */
const MAX_FACTS_CHARS = 6_000

/** Some hundreds of codes; listing thousands would cost more than it tells. */
const MAX_CODES_CHARS = 2_000

/** The most codes that a described symptom may suggest. */
const MAX_BY_SYMPTOM = 5

/** Adds the facts to the system prompt that the messages begin with. */
function withFacts(catalog: Catalog) {
  const search = createSymptomSearch(catalog)
  const codes = codesLine(catalog)
  return (plain: readonly ChatMessage[]): ChatMessage[] => {
    const [first, ...rest] = plain
    const hasSystem = first?.role === 'system'
    const asked = (hasSystem ? rest : plain).filter(({ role }) => role === 'user').map(({ content }) => content)
    const facts = relevantFacts(asked.toReversed(), catalog, search)
    const system = [...(hasSystem ? [first.content, ''] : []), ...instructions(facts, codes)].join('\n')
    return [{ role: 'system', content: system }, ...(hasSystem ? rest : plain)]
  }
}

/** The codes named in the question; else in earlier questions; else those it describes; else all, if they fit. */
function relevantFacts(
  newestFirst: readonly string[],
  catalog: Catalog,
  search: ReturnType<typeof createSymptomSearch>,
): string[] {
  const named = newestFirst.map((text) => parseQuestion(text, catalog).codes).find((codes) => codes.length > 0)
  const wanted = named ?? search(newestFirst[0] ?? '').slice(0, MAX_BY_SYMPTOM)
  const found = wanted.flatMap((code) => catalog.find(code) ?? [])
  if (named) return within(found.map(factOf))
  if (found.length > 0) return within(found.map(factWithSigns))
  const all = catalog.codes.map(factWithSigns)
  return within(all).length === all.length ? all : []
}

function within(facts: readonly string[]): string[] {
  let chars = 0
  return facts.filter((fact) => {
    chars += fact.length
    return chars <= MAX_FACTS_CHARS
  })
}

/** The answer is the fact, so that it can be given word for word. */
function factOf(entry: CodeEntry): string {
  return `- ${writeAnswer(statementOf(entry))}`
}

/** What identifies a code that nobody has named. */
function factWithSigns(entry: CodeEntry): string {
  const { symptoms } = entry
  return symptoms.length > 0 ? `- (signs: ${symptoms.join('; ')}) ${factOf(entry).slice(2)}` : factOf(entry)
}

function instructions(facts: readonly string[], codes: string): string[] {
  return [
    'Answer from these facts only, in one line and in their very words, without markup.',
    ...(facts.length > 0 ? ['Facts:', ...facts] : []),
    `If the question is about a code that is not in this list, answer: "I do not know the code <code>." The list: ${codes}`,
    `If the question is not about a device, answer: "${writeDecline(null, []).split('.')[0]}."`,
    'Never name a command that the facts do not name for the code.',
  ]
}

function codesLine({ codes }: Catalog): string {
  let chars = 0
  const named = codes.filter(({ code }) => {
    chars += code.length + 2
    return chars <= MAX_CODES_CHARS
  })
  const more = codes.length - named.length
  return `${named.map(({ code }) => code).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}
