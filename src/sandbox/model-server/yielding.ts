import { setImmediate as nextTurn } from 'node:timers/promises'

/** Awaited inside long loops: lets the event loop run now and then, and throws once the work is aborted. */
export type Yielder = () => Promise<void> | undefined

/** How long a request that arrives during long work waits at most, or nearly so. */
const SLICE_MS = 8

export function createYielder(signal?: AbortSignal): Yielder {
  let since = performance.now()
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined
    signal?.throwIfAborted()
    return nextTurn().then(() => {
      since = performance.now()
    })
  }
}
