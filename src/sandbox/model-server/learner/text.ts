/** A word, number or identifier of a text, and where it stands there. */
export type Atom = {
  text: string
  start: number
  end: number
  /** The same for all ways of writing it: `E-02`, `e02` and `E 2` are all `e2`. */
  key: string
  /** Holds a digit: a code, a device, a number. Such a thing is either the same or another one, never "similar". */
  isId: boolean
}

/** Longer texts are cut here: nobody asks about the end of a 40,000 character paste by its last word alone. */
const MAX_ATOMS = 4_000
/** Letters and digits, joined by dashes or underscores, and by a dot between digits (`1.2.3.4`). */
const ATOM = /[\p{L}\p{M}\p{N}]+(?:(?:[-‐‑–_]|(?<=\p{N})\.(?=\p{N}))[\p{L}\p{M}\p{N}]+)*/gu
const HAS_DIGIT = /\p{N}/u
const DASHES = /[-‐‑–_]/g
/** Scripts that put no spaces between words: pairs of letters stand in for words there. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u
const MIN_WORD_IN_ID = 3
const MAX_SPACED_PREFIX = 3
const MAX_SPACED_DIGITS = 5

function keyOf(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase()
  if (!HAS_DIGIT.test(plain)) return plain.replaceAll(DASHES, '-')
  return plain.replaceAll(/(?<![\p{N}.])0+(?=\p{N})/gu, '').replaceAll(/(?<!\p{N})[-‐‑–_]|[-‐‑–_](?!\p{N})/gu, '')
}

/** The form of an identifier: letters as `a`, digits as `9`, so that all of a kind look alike. */
export function shapeOf(key: string): string {
  return key.replaceAll(/\p{L}+/gu, 'a').replaceAll(/\p{N}+/gu, '9')
}

/** `E 02` is one identifier although a space stands in it; "a 5" is not, unless the caller knows such an identifier. */
function joinSpaced(text: string, first: Atom, second: Atom, isKnownId: (key: string) => boolean): Atom | null {
  if (first.isId || first.text.length > MAX_SPACED_PREFIX) return null
  if (!/^\p{N}+$/u.test(second.text) || second.text.length > MAX_SPACED_DIGITS) return null
  if (!/^[ .:#]$/.test(text.slice(first.end, second.start)) || !/^\p{L}+$/u.test(first.text)) return null
  const joined = text.slice(first.start, second.end)
  const key = keyOf(`${first.text}${second.text}`)
  const isCode = first.text === first.text.toUpperCase() && first.text !== first.text.toLowerCase()
  if (!isCode && !isKnownId(key)) return null
  return { text: joined, start: first.start, end: second.end, key, isId: true }
}

const knowsNone = () => false

/** Reads a text's atoms in order. */
export function atomsOf(text: string, isKnownId: (key: string) => boolean = knowsNone): Atom[] {
  const atoms: Atom[] = []
  for (const match of text.matchAll(ATOM)) {
    if (atoms.length >= MAX_ATOMS) break
    const found = match[0]
    const atom: Atom = {
      text: found,
      start: match.index,
      end: match.index + found.length,
      key: keyOf(found),
      isId: HAS_DIGIT.test(found),
    }
    const last = atoms.at(-1)
    const joined = last ? joinSpaced(text, last, atom, isKnownId) : null
    if (joined) atoms[atoms.length - 1] = joined
    else atoms.push(atom)
  }
  return atoms
}

/** Feature names carry their kind in front: `#` identifier, `n` number, a bare word otherwise. */
export const idFeature = (key: string) => `#${key}`

const NUMBER_IN_CODE = 0.4
/** A bare number may be a code's (`error 02`, the more so with a zero in front) or any other. */
const BARE_NUMBER = 0.6
const PART_OF_COMPOUND = 0.7

/** A word as it is compared: itself, or its pairs of letters in a script without spaces. */
function unitsOf(word: string): string[] {
  const letters = [...word]
  if (letters.length < 2 || !UNSPACED.test(word)) return [word]
  return letters.slice(1).map((letter, i) => `${letters[i]}${letter}`)
}

/** Stands for any identifier of a shape. */
export const openFeature = (shape: string) => `open:${shape}`

/**
 * What a text is compared by: its words, identifiers and numbers, each with its weight. An identifier that could be
 * any of its kind counts as its kind alone.
 */
export function featuresOf(
  atoms: readonly Atom[],
  isOpen: (key: string) => boolean = () => false,
): Map<string, number> {
  const features = new Map<string, number>()
  const add = (feature: string, amount: number) => features.set(feature, Math.max(amount, features.get(feature) ?? 0))
  const addWord = (word: string, amount: number) => {
    for (const unit of unitsOf(word)) add(unit, amount)
  }
  for (const { text, key, isId } of atoms) {
    if (!isId) {
      const parts = key.split('-')
      addWord(key, 1)
      if (parts.length > 1) for (const part of parts) addWord(part, PART_OF_COMPOUND)
    } else if (isOpen(key)) add(openFeature(shapeOf(key)), 1)
    else if (/^[\p{N}.]+$/u.test(key)) add(`n${key}`, text.startsWith('0') ? 1 : BARE_NUMBER)
    else {
      add(idFeature(key), 1)
      const code = /^\p{L}+(\p{N}+)$/u.exec(key)
      if (code) add(`n${code[1]}`, NUMBER_IN_CODE)
      for (const word of key.match(/\p{L}+/gu) ?? []) if (word.length >= MIN_WORD_IN_ID) addWord(word, PART_OF_COMPOUND)
    }
  }
  return features
}

/** Cuts a text into pieces of a few letters that join to the same text again: what it streams, and counts, as tokens. */
export function piecesOf(text: string): string[] {
  return text.match(/\s*\S{1,5}|\s+/gu) ?? []
}
