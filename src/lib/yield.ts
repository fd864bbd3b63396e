/**
 * For work that keeps the processor busy for some milliseconds: each call resolves in a turn of the event loop of its
 * own, first come, first served. However many pieces become ready at once, what comes in from outside is heard between
 * two of them.
 */
export function createYielder(): () => Promise<void> {
  const waiting: (() => void)[] = []
  const next = () => {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(next)
  }
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(next)
    })
}
