/**
 * Runs `work` for a key one at a time; calls that arrive meanwhile are coalesced into one more run, which sees the
 * newest state. Resolves when a run that began after the call has ended.
 */
export function createCoalescer(work: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, { current: Promise<void>; next: Promise<void> | null }>()
  const run = (key: string): Promise<void> => {
    const active = running.get(key)
    if (active) {
      active.next ??= active.current.catch(() => undefined).then(() => begin(key))
      return active.next
    }
    return begin(key)
  }
  const begin = (key: string): Promise<void> => {
    const entry: { current: Promise<void>; next: Promise<void> | null } = { current: work(key), next: null }
    running.set(key, entry)
    const finish = () => {
      if (running.get(key) === entry && !entry.next) running.delete(key)
    }
    entry.current.then(finish, finish)
    return entry.current
  }
  return run
}
