import MiniSearch from 'minisearch'
import type { Catalog } from '../catalog/catalog.ts'
import words from './reading/data/common-words.json' with { type: 'json' }

/** The codes whose symptoms a text describes, the likeliest first; empty when nothing fits. */
export type SymptomSearch = (text: string) => readonly string[]

/** Words that occur in every question or fault report and tell nothing. */
const COMMON = wordSet(words.common)
/** Everyday words of measuring: with another word they describe a symptom, alone they don't. */
const WEAK = wordSet(words.weak)
/** Any wording for "it isn't there". */
const NEGATION = 'no'
const NEGATIONS = wordSet(words.negation)

/** A word of this length that belongs to a single code is enough by itself. */
const TELLING_LENGTH = 5
/** A symptom is a sentence or two; more only takes time. */
const MAX_SEARCHED_CHARS = 1_000
/** Shorter words have too many neighbours (`draft` and `drift`) and are prefixes of too many others. */
const FUZZY_FROM = 6
const PREFIX_FROM = 5

/**
 * Finds codes by what people see: "cloudy reading after the storm". A symptom matches when two of its words occur, or
 * all of them, or one that is enough by itself.
 */
export function createSymptomSearch(catalog: Catalog): SymptomSearch {
  const made = searches.get(catalog) ?? indexSymptoms(catalog)
  searches.set(catalog, made)
  return made
}

/** One for each catalog: several parts search it. */
const searches = new WeakMap<Catalog, SymptomSearch>()

function indexSymptoms(catalog: Catalog): SymptomSearch {
  const phrases = catalog.codes.flatMap(({ code, symptoms, problem, in: translations = {} }) => {
    const translated = Object.values(translations).flatMap((one) => [...(one.symptoms ?? []), one.problem ?? ''])
    return [...symptoms, problem, ...translated].map((phrase, i) => {
      const terms = termsOf(phrase)
      return { id: `${code}#${i}`, code, phrase, terms, size: terms.length, isMain: i <= symptoms.length }
    })
  })
  const index = new MiniSearch<(typeof phrases)[number]>({
    fields: ['phrase'],
    storeFields: ['code', 'size'],
    tokenize: tokenize,
    processTerm: termOf,
    searchOptions: {
      prefix: (term) => term.length >= PREFIX_FROM,
      fuzzy: (term) => (term.length >= FUZZY_FROM ? 0.2 : false),
    },
  })
  index.addAll(phrases)
  const telling = tellingTerms(phrases)
  const tells = (term: string) => telling.has(term)

  return (text) => {
    const best = new Map<string, number>()
    for (const { terms, score, code, size } of index.search(text.slice(0, MAX_SEARCHED_CHARS))) {
      const words = terms.filter((term) => term !== NEGATION)
      const fits =
        words.some(tells) ||
        (words.length > 0 && terms.length >= size) ||
        (terms.length > 1 && words.some((term) => !WEAK.has(term)))
      if (fits) best.set(code, Math.max(best.get(code) ?? 0, score))
    }
    return [...best].sort(([, a], [, b]) => b - a).map(([code]) => code)
  }
}

/** Words that are enough by themselves: they belong to one code alone, which says them first or more than once. */
function tellingTerms(
  phrases: readonly { code: string; terms: readonly string[]; isMain: boolean }[],
): ReadonlySet<string> {
  const found = new Map<string, { codes: Set<string>; times: number; isMain: boolean }>()
  for (const { code, terms, isMain } of phrases) {
    for (const term of terms) {
      const one = found.get(term) ?? { codes: new Set(), times: 0, isMain: false }
      one.codes.add(code)
      found.set(term, { codes: one.codes, times: one.times + 1, isMain: one.isMain || isMain })
    }
  }
  const tells = ([term, { codes, times, isMain }]: [string, { codes: Set<string>; times: number; isMain: boolean }]) =>
    codes.size === 1 && !WEAK.has(term) && (times > 1 || (isMain && term.length >= TELLING_LENGTH))
  return new Set([...found].filter(tells).map(([term]) => term))
}

function tokenize(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replace(/['’]/g, '')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

/** A word in the form used for comparison; null when it tells nothing. */
function termOf(word: string): string | null {
  if (NEGATIONS.has(word)) return NEGATION
  // Device ids aren't symptoms, nor are most numbers.
  if (COMMON.has(word) || /\d/.test(word)) return null
  const stem = word.length > 4 ? word.replace(/(?<!s)s$/, '') : word
  return COMMON.has(stem) ? null : stem
}

function termsOf(phrase: string): string[] {
  return [...new Set(tokenize(phrase).flatMap((word) => termOf(word) ?? []))]
}

function wordSet(byLanguage: Readonly<Record<string, string>>): ReadonlySet<string> {
  return new Set(Object.values(byLanguage).flatMap((list) => list.split(' ')))
}
