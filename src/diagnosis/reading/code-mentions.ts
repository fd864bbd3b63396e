import type { Catalog } from '../../catalog/catalog.ts'
import codeWords from './data/code-words.json' with { type: 'json' }
import cues from './data/cues.json' with { type: 'json' }
import { anyOf, matcherOf } from './phrases.ts'

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

const NOT_BEFORE = '(?<![\\p{L}\\p{N}])(?<!\\d[-.,])(?<!\\d[.,]\\d{1,6}\\s)'
const NOT_AFTER = "(?:'?s)?(?![\\p{L}\\p{N}])(?!-(?:\\d|\\p{L}{1,2}(?!\\p{L})))(?![.,]\\d)"
/** What a small display or a hurried thumb makes of a digit. */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  O: '0',
  Q: '0',
  L: '1',
  I: '1',
  '|': '1',
  Z: '2',
  S: '5',
  B: '8',
}
const LIKE_DIGIT = '[0-9OQLI|ZSB]'

const REPORT = matcherOf(cues.report)
const OTHER_THING_BEFORE = new RegExp(`${anyOf(cues.notACodeAfter)}\\s*$`, 'iu')
const OTHER_THING_AFTER = new RegExp(`^\\s*${anyOf(cues.notACodeBefore)}`, 'iu')
const UNIT_AFTER = /^\s*(?:%|°|x\b|\/\d|:\d)/iu

/** Finds codes in the ways people type them: `E-02`, `e2`, `E 02`, `EO2`, `error 02`, `Störung 2`. Made once a catalog. */
export function createCodeFinder(catalog: Catalog): CodeFinder {
  const parts = catalog.codes.map(({ code, severity }) => {
    const [letters = '', digits = ''] = code.split('-')
    return { code, severity, letters, digits }
  })
  const prefixes = [...new Set(parts.map(({ letters }) => letters))].join('|')
  const widths = [...new Set(parts.map(({ digits }) => digits.length))]
  const longest = Math.max(...parts.map(({ letters }) => letters.length))
  const known = new RegExp(`${NOT_BEFORE}(${prefixes})(\\s?[-._]?\\s?)(\\d{1,4})${NOT_AFTER}`, 'giu')
  const misread = new RegExp(
    `${NOT_BEFORE}(${prefixes})([-._ ]?)(${LIKE_DIGIT}{${Math.min(...widths)},${Math.max(...widths)}})${NOT_AFTER}`,
    'giu',
  )
  const foreign = new RegExp(`${NOT_BEFORE}([A-Z]{1,${longest}})(-)(\\d{1,${Math.max(...widths)}})${NOT_AFTER}`, 'gu')
  const worded = (['error', 'warning', 'any'] as const).map((kind) => ({
    kind,
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}])(?:${codeWords[kind].join('|')})(?!\\p{L})(?:\\s+${anyOf({ all: codeWords.number })})?\\s{0,3}[.:#=°º'"-]{0,2}\\s{0,3}(?:is\\s|ist\\s|es\\s|est\\s)?(\\d{1,3})(?![\\p{L}\\p{N}])(?!-\\d)(?![.,:/]\\d)`,
      'giu',
    ),
  }))

  const entryOf = (letters: string, digits: string) =>
    parts.find((part) => part.letters === letters && Number(part.digits) === Number(digits))?.code ?? null
  const standardForm = (letters: string, digits: string) =>
    entryOf(letters, digits) ?? `${letters}-${String(Number(digits)).padStart(Math.min(...widths), '0')}`

  function spelled(text: string): Candidate[] {
    return [...text.matchAll(known)].map(({ index: at, 0: typed, 1: prefix = '', 2: between = '', 3: digits = '' }) => {
      const letters = prefix.toUpperCase()
      const code = standardForm(letters, digits)
      const isExact = prefix === letters && between === '-' && widths.includes(digits.length)
      const spelling = isExact ? 'exact' : /\s/.test(between) ? 'spaced' : 'compact'
      return { at, end: at + typed.length, code, typed, isKnown: entryOf(letters, digits) !== null, spelling }
    })
  }

  function misreadIn(text: string): Candidate[] {
    return [...text.matchAll(misread)].flatMap(
      ({ index: at, 0: typed, 1: prefix = '', 2: between = '', 3: drawn = '' }) => {
        const digits = [...drawn.toUpperCase()].map((char) => LOOKS_LIKE[char] ?? char).join('')
        const code = entryOf(prefix.toUpperCase(), digits)
        // `E-O2` or `EO1`, but no word that happens to be made of such letters.
        const looksLikeCode = /\d/.test(drawn) || (between === '-' && typed === typed.toUpperCase())
        if (!code || digits === drawn || !looksLikeCode) return []
        return [{ at, end: at + typed.length, code, typed, isKnown: true, spelling: 'misread' as const }]
      },
    )
  }

  function wordedIn(text: string): Candidate[] {
    return worded.flatMap(({ kind, pattern }) =>
      [...text.matchAll(pattern)].flatMap(({ index: at, 0: typed, 1: digits = '' }): Candidate[] => {
        const same = parts.filter((part) => Number(part.digits) === Number(digits))
        const ofKind = kind === 'any' ? same : same.filter(({ severity }) => severity === kind)
        const [entry, other] = ofKind.length > 0 ? ofKind : same
        if (entry && !other)
          return [{ at, end: at + typed.length, code: entry.code, typed, isKnown: true, spelling: 'worded' as const }]
        const letters = parts.find(({ severity }) => severity === kind)?.letters
        if (entry || !letters) return []
        const code = standardForm(letters, digits)
        return [{ at, end: at + typed.length, code, typed, isKnown: false, spelling: 'worded' as const }]
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
    const isReport = isTerse || hasDevice || REPORT.test(text)
    const isMeant = (one: Candidate) => {
      const before = text.slice(0, one.at)
      const after = text.slice(one.end)
      const isWorded = one.spelling === 'worded'
      if (!isWorded && OTHER_THING_BEFORE.test(before)) return false
      if (one.spelling !== 'exact' && (OTHER_THING_AFTER.test(after) || UNIT_AFTER.test(after))) return false
      if (!one.isKnown) return one.spelling === 'exact' || (isReport && (one.spelling !== 'spaced' || isTerse))
      // A small letter with a blank is a word in many languages: `e 5`.
      if (one.spelling === 'spaced') return isReport || /^[A-Z]/.test(one.typed) || /\s0/.test(one.typed)
      return true
    }
    const found = [...spelled(text), ...misreadIn(text), ...foreignIn(text), ...wordedIn(text)].filter(isMeant)
    const sure = withoutOverlaps(found)
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
