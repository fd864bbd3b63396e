import type { FileHandle } from 'node:fs/promises'

/** Large enough for few writes, small enough to keep. */
const BLOCK_BYTES = 256 * 1024

export type BufferedWriter = {
  /** Appends a text; returns a promise only when something had to be written first. */
  put(text: string): Promise<void> | undefined
  /** Writes the rest of the buffer. */
  flush(): Promise<void>
}

/**
 * Writes many texts through one reused buffer, so that nothing is left for the garbage collector. `onBytes` sees every
 * byte once, in order.
 */
export function createBufferedWriter(
  handle: FileHandle,
  onBytes: (bytes: Buffer) => void = () => undefined,
): BufferedWriter {
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let used = 0
  const write = async (bytes: Buffer) => {
    onBytes(bytes)
    await handle.appendFile(bytes)
  }
  const flush = async () => {
    const length = used
    used = 0
    if (length > 0) await write(block.subarray(0, length))
  }
  const makeRoom = async (text: string, size: number) => {
    await flush()
    if (size > BLOCK_BYTES) await write(Buffer.from(text))
    else used = block.write(text)
  }
  return {
    flush,
    put(text) {
      const size = Buffer.byteLength(text)
      if (used + size > BLOCK_BYTES) return makeRoom(text, size)
      used += block.write(text, used)
      return undefined
    },
  }
}
