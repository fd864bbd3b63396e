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
/** So often a translated word has to occur to be enough. */
const TELLING_TIMES = 3
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
      fuzzy: (term) => (term.length >= FUZZY_FROM ? 0.15 : false),
    },
  })
  index.addAll(phrases)
  const { tells, isOwn } = weigh(phrases)

  return (text) => {
    const found = new Map<string, { score: number; terms: Set<string>; isWhole: boolean }>()
    for (const { terms, score, code, size } of index.search(text.slice(0, MAX_SEARCHED_CHARS))) {
      const one = found.get(code) ?? { score: 0, terms: new Set<string>(), isWhole: false }
      const words = terms.filter((term) => term !== NEGATION)
      for (const word of words) one.terms.add(word)
      const isWhole = one.isWhole || (words.length > 0 && terms.length >= size)
      found.set(code, { terms: one.terms, isWhole, score: Math.max(one.score, score) })
    }
    return [...found]
      .filter(([code, { terms, isWhole }]) => isWhole || isEnough([...terms], code))
      .sort(([, a], [, b]) => b.score - a.score)
      .map(([code]) => code)
  }

  /** One telling word, two that mean something, or a code's own word beside an everyday one. */
  function isEnough(terms: readonly string[], code: string): boolean {
    const strong = terms.filter((term) => !WEAK.has(term))
    return terms.some(tells) || strong.length > 1 || (strong.some((term) => isOwn(term, code)) && terms.length > 1)
  }
}

/** What each word of the phrases is worth. */
function weigh(phrases: readonly { code: string; terms: readonly string[]; isMain: boolean }[]) {
  const found = new Map<string, { codes: Set<string>; times: number; isMain: boolean }>()
  for (const { code, terms, isMain } of phrases) {
    for (const term of terms) {
      const one = found.get(term) ?? { codes: new Set(), times: 0, isMain: false }
      one.codes.add(code)
      found.set(term, { codes: one.codes, times: one.times + 1, isMain: one.isMain || isMain })
    }
  }
  return {
    /** Enough by itself: the word of one code alone, which says it in its own language or often. */
    tells(term: string): boolean {
      const one = found.get(term)
      if (!one || one.codes.size > 1 || WEAK.has(term)) return false
      return one.isMain ? one.times > 1 || term.length >= TELLING_LENGTH : one.times >= TELLING_TIMES
    },
    isOwn: (term: string, code: string) =>
      found.get(term)?.codes.size === 1 && found.get(term)?.codes.has(code) === true,
  }
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
