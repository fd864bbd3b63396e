/**
 * For work that keeps the CPU busy for milliseconds: each call resolves in its own turn of the event loop, first come,
 * first served, so that incoming data is handled in between.
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
