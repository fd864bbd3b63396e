const LISTS = /\[([^[\]\n]{3,600})\]/g
const IS_TASK = /\b(?:classif|categor|label)/i
const MAX_WORDS = 4

/** The categories that a prompt asks to choose from, named in brackets: `Categories: [Yes, No]`. */
export function categoriesIn(prompt: string): string[] {
  if (!IS_TASK.test(prompt)) return []
  for (const [, inner] of prompt.matchAll(LISTS)) {
    const names = (inner ?? '').split(/[,|;]/).map((name) => name.trim().replaceAll(/^["'`]|["'`]$/g, ''))
    const isList = names.length > 1 && names.every((name) => name !== '' && name.split(/\s+/).length <= MAX_WORDS)
    if (isList) return names
  }
  return []
}

const wordsOf = (text: string) =>
  text
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]{3,}/gu) ?? []

/** Guesses as one does who knows nothing but the categories' names: by their words in the text, else the first. */
export function guessCategory(categories: readonly string[], text: string): string {
  const said = new Set(wordsOf(text))
  let best = { name: categories[0] ?? '', shared: 0 }
  for (const name of categories) {
    const shared = wordsOf(name).filter((word) => said.has(word)).length
    if (shared > best.shared) best = { name, shared }
  }
  return best.name
}
