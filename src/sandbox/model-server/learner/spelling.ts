/** A known word that looks like an asked one, and how much alike they are (below 1). */
export type Alike = { feature: number; likeness: number }

const MIN_LETTERS = 4
const MIN_LIKENESS = 0.5
const MAX_ALIKE = 4

/** Finds the known words nearest to a misspelt or inflected one. Identifiers are never taken for one another. */
export type Spelling = { alike(word: string): readonly Alike[] }

const isWord = (name: string) => name.length >= MIN_LETTERS && /^[\p{L}\p{M}]+$/u.test(name)

function groupsOf(word: string): Set<string> {
  const padded = `^${word}$`
  const groups = new Set<string>()
  for (let i = 0; i + 3 <= padded.length; i += 1) groups.add(padded.slice(i, i + 3))
  return groups
}

/** An index of the words' groups of three letters. */
export function createSpelling(names: readonly string[]): Spelling {
  const sharing = new Map<string, number[]>()
  const sizes = new Map<number, number>()
  for (const [feature, name] of names.entries()) {
    if (!isWord(name)) continue
    const groups = groupsOf(name)
    sizes.set(feature, groups.size)
    for (const group of groups) {
      const words = sharing.get(group)
      if (words) words.push(feature)
      else sharing.set(group, [feature])
    }
  }
  return {
    alike(word) {
      if (!isWord(word)) return []
      const groups = groupsOf(word)
      const shared = new Map<number, number>()
      for (const feature of [...groups].flatMap((group) => sharing.get(group) ?? [])) {
        shared.set(feature, (shared.get(feature) ?? 0) + 1)
      }
      const found: Alike[] = []
      for (const [feature, count] of shared) {
        const likeness = (2 * count) / (groups.size + (sizes.get(feature) ?? 0))
        if (likeness >= MIN_LIKENESS && likeness < 1) found.push({ feature, likeness })
      }
      return found.sort((a, b) => b.likeness - a.likeness || a.feature - b.feature).slice(0, MAX_ALIKE)
    },
  }
}
