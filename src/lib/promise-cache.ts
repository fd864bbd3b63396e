export type PromiseCache<T> = {
  /** The cached value within its time to live, else what `load` gives; concurrent calls share one load. */
  get(key: string, load: () => Promise<T>): Promise<T>
  clear(): void
}

/** Caches look-ups for a while, evicting the oldest. A failed load isn't cached. */
export function createPromiseCache<T>({
  ttlMs,
  maxEntries = 1,
  now,
}: {
  /** A function where values live differently long. */
  ttlMs: number | ((value: T) => number)
  maxEntries?: number
  now: () => number
}): PromiseCache<T> {
  const entries = new Map<string, { value: Promise<T>; until: number }>()
  return {
    get(key, load) {
      const found = entries.get(key)
      if (found && found.until > now()) return found.value
      const value = load()
      const entry = { value, until: typeof ttlMs === 'number' ? now() + ttlMs : Number.POSITIVE_INFINITY }
      entries.delete(key)
      entries.set(key, entry)
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value ?? '')
      value.then(
        (loaded) => {
          if (typeof ttlMs !== 'number') entry.until = now() + ttlMs(loaded)
        },
        () => {
          if (entries.get(key) === entry) entries.delete(key)
        },
      )
      return value
    },
    clear: () => entries.clear(),
  }
}
