import MiniSearch from 'minisearch'
import type { Catalog } from '../catalog/catalog.ts'

/** The codes whose symptoms a text describes, the likeliest first; empty when nothing fits. */
export type SymptomSearch = (text: string) => readonly string[]

/** Words that occur in every question or fault report and tell nothing. */
const COMMON = wordSet(`a about after again alarm all also always am an and any anything are as at be been before being
  but by can code could device did do does doing done down error every failure fault find for from get gets getting give
  go got had has have having he hello help her here hi his how hydrocore i if in into is issue it its just keep keeps let
  like look looks machine make makes may me message more most much must my need needs now of off ok on one only or other
  our out over please problem put really report reports said say says see seems she should show showing shows since so
  some something still such system tell than thank thanks that the their them then there these they thing this those to
  today told try unit units up us use very warning was we went were what when where which while who why will with would
  wrong yes yet you your`)
/** Everyday words of measuring: with another word they describe a symptom, alone they don't. */
const WEAK = wordSet(`below between clear data high lab lens level loss match module power reading sample sensor signal
  value water`)
/** Any wording for "it isn't there". */
const NEGATION = 'no'
const NEGATIONS = wordSet(
  'no not never none nothing without cannot cant dont doesnt didnt isnt lost lose loses missing',
)

/** A word of this length that belongs to a single code is enough by itself. */
const TELLING_LENGTH = 5
/** Shorter words have too many neighbours (`draft` and `drift`) and are prefixes of too many others. */
const FUZZY_FROM = 6
const PREFIX_FROM = 5

/**
 * Finds codes by what people see: "cloudy reading after the storm". A symptom matches when two of its words occur, or
 * all of them, or one that is enough by itself.
 */
export function createSymptomSearch(catalog: Catalog): SymptomSearch {
  const phrases = catalog.codes.flatMap(({ code, symptoms, problem }) =>
    [...symptoms, problem].map((phrase, i) => ({ id: `${code}#${i}`, code, phrase, size: termsOf(phrase).length })),
  )
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
  const places = phrases.flatMap(({ code, phrase }) => termsOf(phrase).map((term) => ({ term, code })))
  const tells = (term: string) => {
    const found = places.filter((place) => place.term === term)
    const isOnesOwn = new Set(found.map(({ code }) => code)).size === 1
    return isOnesOwn && !WEAK.has(term) && (term.length >= TELLING_LENGTH || found.length > 1)
  }

  return (text) => {
    const best = new Map<string, number>()
    for (const { terms, score, code, size } of index.search(text)) {
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

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/))
}
