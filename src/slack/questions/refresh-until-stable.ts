/** Beyond this it changes all the time, and the next refresh is near. */
const MAX_SHOWS = 5

/**
 * Repeats `read` and `show` until the result is stable: another instance may have shown something newer in between, and
 * our older one after it.
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
