import { createParser } from 'eventsource-parser'

/** A larger event is none; its sender must not fill our memory. */
const MAX_BUFFERED_CHARS = 1_000_000

/**
 * The data of server-sent events, grouped as they arrived: a fast server sends many in one packet, and passing them on
 * one by one would cost more than parsing them. An unfinished event at the end is passed on too.
 */
export async function* readEventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  let waiting: string[] = []
  const parser = createParser({
    onEvent: ({ data }) => void waiting.push(data),
    maxBufferSize: MAX_BUFFERED_CHARS,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error
    },
  })
  const decoder = new TextDecoder()
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    if (waiting.length === 0) continue
    yield waiting
    waiting = []
  }
  parser.feed(`${decoder.decode()}\n\n`)
  if (waiting.length > 0) yield waiting
}
