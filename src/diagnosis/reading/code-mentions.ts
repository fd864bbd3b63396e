import type { Catalog } from '../../catalog/catalog.ts'
import codeWords from './data/code-words.json' with { type: 'json' }
import cues from './data/cues.json' with { type: 'json' }
import { anyOf, matcherOf, toLower, WORD } from './phrases.ts'

/** A code where it stands in a plain text. */
export type CodeMention = {
  at: number
  end: number
  /** In the catalog's spelling where it's known. */
  code: string
  typed: string
  isKnown: boolean
}

/** How sure a spelling is: `E-02` can only be a code, `e 2` or `error 2` can be something else. */
type Candidate = CodeMention & { spelling: 'exact' | 'compact' | 'spaced' | 'misread' | 'worded' | 'foreign' }

export type CodeFinder = (text: string, context: { isTerse: boolean; hasDevice: boolean }) => CodeMention[]

const NOT_BEFORE = `(?<![${WORD}])(?<!\\d[-.])(?<!\\d[.,]\\d{1,6}\\s)`
const NOT_AFTER = `(?:'?s)?(?![${WORD}])(?!-(?:\\d|[a-zA-Z]{1,2}(?![${WORD}])))(?!\\.\\d)(?!,\\d{1,3}(?!\\d))`
/** What a small display or a hurried thumb makes of a digit. */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  o: '0',
  q: '0',
  l: '1',
  i: '1',
  '|': '1',
  z: '2',
  s: '5',
  b: '8',
}
/** More mentions than this are a list or an attack; the first ones tell what it's about. */
const MAX_MENTIONS = 40
/** As far as the words around a code tell what it is. */
const CONTEXT_CHARS = 40
const LIKE_DIGIT = '[0-9oqli|zsb]'

const REPORT = matcherOf(cues.report)
const OTHER_THING_BEFORE = new RegExp(`${anyOf(cues.notACodeAfter)}\\s*$`)
const OTHER_THING_AFTER = new RegExp(`^\\s*${anyOf(cues.notACodeBefore)}`)
const WHERE_E_IS_AND =
  /(?<![a-zß-ɏ])(?:o|os|as|um|uma|não|com|para|das|dos|da|do|às|no|na|em|il|lo|di|che|per|sono|del|della)(?![a-zß-ɏ])/
const NAMED_THING_AFTER = new RegExp(`^\\s*${anyOf(cues.namedThing)}`)
const UNIT_AFTER = /^\s*(?:%|°|x\b|\/\d|:\d)/

/** Finds codes in the ways people type them: `E-02`, `e2`, `E 02`, `EO2`, `error 02`, `Störung 2`. Made once a catalog. */
export function createCodeFinder(catalog: Catalog): CodeFinder {
  const parts = catalog.codes.map(({ code, severity }) => {
    const [letters = '', digits = ''] = code.split('-')
    return { code, severity, letters, digits }
  })
  const prefixes = [...new Set(parts.map(({ letters }) => letters))].join('|').toLowerCase()
  const widths = [...new Set(parts.map(({ digits }) => digits.length))]
  const longest = Math.max(...parts.map(({ letters }) => letters.length))
  const known = new RegExp(`${NOT_BEFORE}(${prefixes})(\\s?[-._]?\\s?)(\\d{1,4})${NOT_AFTER}`, 'g')
  const misread = new RegExp(
    `${NOT_BEFORE}(${prefixes})([-._ ]?)(${LIKE_DIGIT}{${Math.min(...widths)},${Math.max(...widths)}})${NOT_AFTER}`,
    'g',
  )
  const foreign = new RegExp(`${NOT_BEFORE}([A-Z]{1,${longest}})(-)(\\d{1,${Math.max(...widths)}})${NOT_AFTER}`, 'gu')
  const worded = (['error', 'warning', 'any'] as const).map((kind) => ({
    kind,
    pattern: new RegExp(
      `(?<![${WORD}])(?:${codeWords[kind].join('|')})(?![a-zß-ɏ])(?:\\s+${anyOf({ all: codeWords.number })})?\\s{0,3}[.:#=°º'"-]{0,2}\\s{0,3}(?:is\\s|ist\\s|es\\s|est\\s)?(\\d{1,3})(?![${WORD}])(?!-\\d)(?![.,:/]\\d)`,
      'g',
    ),
  }))

  const entryOf = (letters: string, digits: string) =>
    parts.find((part) => part.letters === letters && Number(part.digits) === Number(digits))?.code ?? null
  const standardForm = (letters: string, digits: string) =>
    entryOf(letters, digits) ?? `${letters}-${String(Number(digits)).padStart(Math.min(...widths), '0')}`

  function spelled(lower: string, text: string): Candidate[] {
    return [...lower.matchAll(known)].map(
      ({ index: at, 0: match, 1: prefix = '', 2: between = '', 3: digits = '' }) => {
        const letters = prefix.toUpperCase()
        const typed = text.slice(at, at + match.length)
        const code = standardForm(letters, digits)
        const isExact = typed.startsWith(`${letters}-`) && widths.includes(digits.length)
        const spelling = isExact ? 'exact' : between === ' ' ? 'spaced' : 'compact'
        return { at, end: at + match.length, code, typed, isKnown: entryOf(letters, digits) !== null, spelling }
      },
    )
  }

  function misreadIn(lower: string, text: string): Candidate[] {
    return [...lower.matchAll(misread)].flatMap(
      ({ index: at, 0: match, 1: prefix = '', 2: between = '', 3: drawn = '' }) => {
        const typed = text.slice(at, at + match.length)
        const digits = [...drawn].map((char) => LOOKS_LIKE[char] ?? char).join('')
        const code = entryOf(prefix.toUpperCase(), digits)
        // `E-O2` or `EO1`, but no word that happens to be made of such letters.
        const isWord = between === '' && (typed === match || typed.slice(1) === match.slice(1))
        const looksLikeCode = /\d/.test(drawn) || (/^[A-Z]/.test(typed) && !isWord)
        if (!code || digits === drawn || !looksLikeCode) return []
        return [{ at, end: at + match.length, code, typed, isKnown: true, spelling: 'misread' as const }]
      },
    )
  }

  function wordedIn(lower: string, text: string): Candidate[] {
    return worded.flatMap(({ kind, pattern }) =>
      [...lower.matchAll(pattern)].flatMap(({ index: at, 0: match, 1: digits = '' }): Candidate[] => {
        const place = {
          at,
          end: at + match.length,
          typed: text.slice(at, at + match.length),
          spelling: 'worded' as const,
        }
        const same = parts.filter((part) => Number(part.digits) === Number(digits))
        const [entry, other] = kind === 'any' ? same : same.filter(({ severity }) => severity === kind)
        if (entry && !other) return [{ ...place, code: entry.code, isKnown: true }]
        const letters = parts.find(({ severity }) => severity === kind)?.letters
        return entry || !letters ? [] : [{ ...place, code: standardForm(letters, digits), isKnown: false }]
      }),
    )
  }

  function foreignIn(text: string): Candidate[] {
    return [...text.matchAll(foreign)].map(({ index: at, 0: typed, 1: letters = '', 3: digits = '' }) => {
      const code = standardForm(letters, digits)
      const spelling = widths.includes(digits.length) ? 'foreign' : 'spaced'
      return { at, end: at + typed.length, code, typed, isKnown: false, spelling }
    })
  }

  return (text, { isTerse, hasDevice }) => {
    const lower = toLower(text)
    const isReport = isTerse || hasDevice || REPORT.test(lower)
    const isMeant = (one: Candidate) => {
      const before = lower.slice(Math.max(0, one.at - CONTEXT_CHARS), one.at)
      const after = lower.slice(one.end, one.end + CONTEXT_CHARS)
      const isWorded = one.spelling === 'worded'
      if (!isWorded && (OTHER_THING_BEFORE.test(before) || NAMED_THING_AFTER.test(after))) return false
      if (one.spelling !== 'exact' && (OTHER_THING_AFTER.test(after) || UNIT_AFTER.test(after))) return false
      if (!one.isKnown) return one.spelling === 'exact' || (isReport && (one.spelling !== 'spaced' || isTerse))
      // A small letter with a blank is a word in Portuguese and Italian: `e 5`.
      if (one.spelling === 'spaced') return isReport || /^[A-Z]|\s0/.test(one.typed) || !WHERE_E_IS_AND.test(lower)
      return true
    }
    const all = [...spelled(lower, text), ...misreadIn(lower, text), ...foreignIn(text), ...wordedIn(lower, text)]
    const first = all.sort((a, b) => a.at - b.at).slice(0, MAX_MENTIONS)
    const sure = withoutOverlaps(first.filter(isMeant))
    // Where a known code stands, a number behind a word that nobody knows is something else.
    const hasKnown = sure.some(({ isKnown }) => isKnown)
    return sure.filter(
      ({ isKnown, spelling }) => isKnown || spelling === 'exact' || spelling === 'compact' || !hasKnown,
    )
  }
}

/** Of two readings of one place the one that is known, then the longer one. */
function withoutOverlaps(found: readonly Candidate[]): Candidate[] {
  const best = [...found].sort(
    (a, b) => Number(b.isKnown) - Number(a.isKnown) || b.end - b.at - (a.end - a.at) || a.at - b.at,
  )
  const kept: Candidate[] = []
  for (const one of best) if (!kept.some((other) => one.at < other.end && other.at < one.end)) kept.push(one)
  return kept.sort((a, b) => a.at - b.at)
}
