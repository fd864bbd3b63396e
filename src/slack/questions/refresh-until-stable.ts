/** More often than this something changes all the time, and the newest of it will be shown soon. */
const MAX_SHOWS = 5

/**
 * Shows what `read` finds until that still stands afterwards: another instance may have shown something newer in
 * between, and ours have come after it.
 */
export async function refreshUntilStable<T>(read: () => Promise<T>, show: (found: T) => Promise<void>): Promise<void> {
  let found = await read()
  for (let shows = 0; shows < MAX_SHOWS; shows += 1) {
    await show(found)
    const after = await read()
    if (JSON.stringify(after) === JSON.stringify(found)) return
    found = after
  }
}
