/** One line of a file, without its line break; null when it is not UTF-8 text or longer than any row may be. */
export type Line = { number: number; text: string | null }

/** No example is this long; what has no line breaks is not held in memory. */
const MAX_LINE_BYTES = 8 * 1024 * 1024
const NEWLINE = 0x0a

/** Splits bytes into numbered lines. A byte order mark in front is no part of the first line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let held: Uint8Array[] = []
  let heldBytes = 0
  let number = 0
  const finish = (last: Uint8Array): Line => {
    number += 1
    const isTooLong = heldBytes + last.length > MAX_LINE_BYTES
    const bytes = isTooLong ? null : held.length === 0 ? last : Buffer.concat([...held, last])
    held = []
    heldBytes = 0
    try {
      const text = bytes ? decoder.decode(bytes) : null
      return { number, text: text?.endsWith('\r') ? text.slice(0, -1) : text }
    } catch {
      return { number, text: null }
    }
  }
  for await (const chunk of chunks) {
    let at = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      yield finish(chunk.subarray(at, end))
      at = end + 1
    }
    const rest = chunk.subarray(at)
    heldBytes += rest.length
    if (heldBytes <= MAX_LINE_BYTES) held.push(rest.slice())
    else held = []
  }
  if (heldBytes > 0) yield finish(new Uint8Array())
}
