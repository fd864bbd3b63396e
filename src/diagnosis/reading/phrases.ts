/** Phrases of one meaning, by language (ISO 639-1), in small letters. A `*` at the end of a word stands for any ending. */
export type Phrases = Readonly<Record<string, readonly string[]>>

/**
 * Letters and digits of the languages we read, for a character class. Unicode's own classes would make the expressions
 * take a second to compile.
 */
export const WORD = 'a-zA-Z0-9\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f'

/** Small letters of the same length, so that places stay the same. What {@link anyOf} matches has to be in them. */
export function toLower(text: string): string {
  return text.replace(/[A-Z\u00c0-\u024f]/g, (char) => {
    const lower = char.toLowerCase()
    return lower.length === char.length ? lower : char
  })
}

/** Matches any of the phrases as whole words, in any language: people mix them. The longest phrase wins. */
export function anyOf(phrases: Phrases): string {
  const all = [...new Set(Object.values(phrases).flat())].sort((a, b) => b.length - a.length)
  // "d'" and "l'" stand right in front of their word.
  const [elided, whole] = [all.filter((one) => one.endsWith("'")), all.filter((one) => !one.endsWith("'"))]
  const patterns = [`(?:${whole.map(patternOf).join('|')})(?![${WORD}])`, ...elided.map(patternOf)]
  return `(?<![${WORD}])(?:${patterns.join('|')})`
}

/** Finds any of the phrases in a text of small letters. */
export function matcherOf(phrases: Phrases): RegExp {
  return new RegExp(anyOf(phrases))
}

/** Phones leave out apostrophes and write several spaces. */
function patternOf(phrase: string): string {
  return phrase
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', `[${WORD}]{0,12}`)
    .replaceAll("'", "'?")
    .replace(/\s+/g, '[\\s,]{1,3}')
}
