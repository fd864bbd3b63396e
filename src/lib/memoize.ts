/** Recurring texts number some hundreds; the cache is cleared beyond this. */
const MAX_KEPT = 4_096

/** Caching a longer text costs more than it saves. */
const LONGEST_KEPT = 2_048

/** Caches a function's result by text, in bounded memory. */
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
