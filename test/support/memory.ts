import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of all buffers that are really held: what merely waits for the collector would make a test depend on its moods. */
export function heldBytes(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}
