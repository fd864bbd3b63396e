import { setImmediate as nextTurn } from 'node:timers/promises'

/** Awaited inside long loops: hands the thread over now and then, and throws once the work is called off. */
export type Pace = () => Promise<void> | undefined

/** Requests that arrive during long work wait no longer than about this. */
const SLICE_MS = 8

/** A pace for one piece of work. */
export function createPace(signal?: AbortSignal): Pace {
  let since = performance.now()
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined
    signal?.throwIfAborted()
    return nextTurn().then(() => {
      since = performance.now()
    })
  }
}
