export type PromiseCache<T> = {
  /** What was loaded for the key within the time to live, else what `load` gives; calls at once share one load. */
  get(key: string, load: () => Promise<T>): Promise<T>
  clear(): void
}

/** Look-ups remembered for a while, the oldest given up first. A load that fails is not remembered. */
export function createPromiseCache<T>({
  ttlMs,
  maxEntries = 1,
  now,
}: {
  /** Of a value, where values live differently long. */
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
