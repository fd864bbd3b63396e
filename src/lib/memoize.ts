/** Texts that come again and again are some hundreds; more are remembered only until there are too many. */
const MAX_KEPT = 4_096

/** A longer text would take more room than it saves work. */
const LONGEST_KEPT = 2_048

/** What a function says of a text, remembered for those that come again, in bounded memory. */
export function memoize<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = make(text)
    if (text.length > LONGEST_KEPT) return made
    if (known.size >= MAX_KEPT) known.clear()
    known.set(text, made)
    return made
  }
}
