/** Phrases of one meaning, by language (ISO 639-1). A `*` at the end of a word stands for any ending. */
export type Phrases = Readonly<Record<string, readonly string[]>>

const WORD = '\\p{L}\\p{N}'

/** Matches any of the phrases as whole words, in any language: people mix them. The longest phrase wins. */
export function anyOf(phrases: Phrases): string {
  const all = Object.values(phrases).flat()
  const patterns = [...new Set(all)].sort((a, b) => b.length - a.length).map(patternOf)
  return `(?<![${WORD}])(?:${patterns.join('|')})`
}

export function matcherOf(phrases: Phrases): RegExp {
  return new RegExp(anyOf(phrases), 'iu')
}

/** Phones leave out apostrophes and write several spaces. */
function patternOf(phrase: string): string {
  const pattern = phrase
    .replace(/[.*+?^${}()|[\]\\]/g, (char) => (char === '*' ? char : `\\${char}`))
    .replaceAll('*', `[${WORD}]{0,12}`)
    .replaceAll("'", "'?")
    .replace(/\s+/g, '[\\s,]{1,3}')
  // "d'" and "l'" stand right in front of their word.
  return /'$/.test(phrase) ? pattern : `${pattern}(?![${WORD}])`
}
