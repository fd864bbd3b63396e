import type { Catalog } from '../../catalog/catalog.ts'
import type { Content } from './content.ts'
import neutral from './data/neutral-words.json' with { type: 'json' }

/** Words that tell nobody to do anything by themselves. */
const NEUTRAL = new Set(neutral.split(' '))
const STEM_LENGTH = 5

/**
 * The words of a correction's advice that the catalog says nowhere: `high-voltage`, `bypass`, a link. Another order of
 * the catalog's own words, or other forms of them, is only another wording; anything more tells people to do something
 * that nobody has approved yet.
 */
export function newAdviceIn({ action, fallback }: Pick<Content, 'action' | 'fallback'>, catalog: Catalog): string[] {
  const known = new Set(vocabularyOf(catalog))
  const isKnown = (word: string) => NEUTRAL.has(word) || known.has(stemOf(word))
  return [...new Set(wordsOf(`${action} ${fallback ?? ''}`).filter((word) => !isKnown(word)))]
}

function vocabularyOf({ codes, commands }: Catalog): string[] {
  const texts = [
    ...codes.flatMap((one) => [one.code, one.problem, one.action, one.fallback?.text ?? '', one.visitTitle ?? '']),
    ...codes.flatMap(({ symptoms }) => symptoms),
    ...Object.entries(commands).flatMap(([name, { title }]) => [name.replaceAll('_', ' '), name, title]),
  ]
  return texts.flatMap(wordsOf).map(stemOf)
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
}

function stemOf(word: string): string {
  return word.slice(0, STEM_LENGTH)
}
