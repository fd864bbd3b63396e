/** A part of a prompt that stands between tags of its own: `<letter> … </letter>`. */
export type Section = { name: string; text: string }

const SECTION = /<([A-Za-z][\w-]{0,40})>([\s\S]*?)<\/\1>/g

export function sectionsOf(text: string): Section[] {
  return [...text.matchAll(SECTION)].map(([, name = '', inner = '']) => ({ name, text: inner.trim() }))
}

/** The words of a text, each once; words of one letter tell nothing. */
const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [])
const partsOf = (name: string) => name.toLowerCase().split(/[^\p{L}\p{N}]+/u)

/**
 * Chooses among options that name sections (`A` for `<answer_a>`): the one whose text shares most with the other
 * sections. Where none does clearly, the option that names no section. Null where the options name no sections.
 */
export function chooseSection(options: readonly string[], sections: readonly Section[]): string | null {
  const sectionOf = (option: string) => sections.find(({ name }) => partsOf(name).includes(option.toLowerCase()))
  const named = options.filter(sectionOf)
  if (named.length < 2) return null
  const meant = new Set(named.map(sectionOf))
  const rest = wordsOf(
    sections
      .filter((section) => !meant.has(section))
      .map(({ text }) => text)
      .join(' '),
  )
  const scored = named
    .map((option) => {
      const own = wordsOf(sectionOf(option)?.text ?? '')
      const all = own.union(rest).size
      return { option, score: all === 0 ? 0 : own.intersection(rest).size / all }
    })
    .sort((a, b) => b.score - a.score)
  const [best, second] = scored
  if (best && best.score > (second?.score ?? 0)) return best.option
  return options.find((option) => !named.includes(option)) ?? best?.option ?? null
}
