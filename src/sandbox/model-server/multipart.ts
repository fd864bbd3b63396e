import { ApiError } from './api-error.ts'

export type Part = {
  name: string
  filename: string | null
  /** The part's bytes as they arrive; what is not read is skipped. */
  body: AsyncIterable<Uint8Array>
}

const MAX_HEADER_BYTES = 16 * 1024
const HEADER_END = Buffer.from('\r\n\r\n')

const malformed = (why: string) => new ApiError(400, `The multipart body could not be read: ${why}.`)

/** The boundary named by a `multipart/form-data` content type; null for any other type. */
export function boundaryOf(contentType: string | undefined): string | null {
  const found = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType ?? '')
  return found?.[1] ?? found?.[2] ?? null
}

function readHeaders(text: string): { name: string; filename: string | null } {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(text)?.[1]
  const name = /\bname="([^"]*)"/i.exec(disposition ?? '')?.[1]
  if (name === undefined) throw malformed('a part has no name')
  return { name, filename: /\bfilename="([^"]*)"/i.exec(disposition ?? '')?.[1] ?? null }
}

/** Reads a multipart body part by part, holding no more of it in memory than a chunk. */
export async function* readMultipart(chunks: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const source = chunks[Symbol.asyncIterator]()
  /** Put in front, so that a boundary at the very beginning looks like all others. */
  let held: Buffer = Buffer.from('\r\n')
  const more = async () => {
    const next = await source.next()
    if (next.done) throw malformed('it ends in the middle')
    held = held.length === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value])
  }
  const delimiter = Buffer.from(`\r\n--${boundary}`)

  /** Yields everything up to the next delimiter, which is taken away too. */
  async function* untilDelimiter(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = held.indexOf(delimiter)
      if (at >= 0) {
        const last = held.subarray(0, at)
        held = held.subarray(at + delimiter.length)
        if (last.length > 0) yield last
        return
      }
      const safe = held.length - delimiter.length + 1
      if (safe > 0) {
        const ready = held.subarray(0, safe)
        held = held.subarray(safe)
        yield ready
      }
      await more()
    }
  }
  const drain = async (rest: AsyncIterable<Uint8Array>) => {
    for await (const _ of rest);
  }

  try {
    await drain(untilDelimiter())
    for (;;) {
      while (held.length < 2) await more()
      if (held.subarray(0, 2).toString() === '--') return
      let end = held.indexOf(HEADER_END)
      while (end < 0) {
        if (held.length > MAX_HEADER_BYTES) throw malformed("a part's headers are too long")
        await more()
        end = held.indexOf(HEADER_END)
      }
      const headers = readHeaders(held.subarray(0, end).toString('utf8'))
      // The delimiter begins with the line break that ends the headers, so that an empty part is found too.
      held = held.subarray(end + HEADER_END.length - 2)
      const body = skipFirst(untilDelimiter(), 2)
      yield { ...headers, body }
      await drain(body)
    }
  } finally {
    await source.return?.()
  }
}

async function* skipFirst(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length)
    left -= skipped
    if (chunk.length > skipped) yield chunk.subarray(skipped)
  }
}
