import { LIMITS } from '../blocks/limits.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { cut, escapeMarkdown, escapeMrkdwn } from '../platform/escaping.ts'

/**
 * A streamed message is refused somewhere above 11,000 bytes. More than this is not streamed: the final message takes
 * its place, so a second one that goes on with the rest would only have to be taken away again.
 */
const MAX_STREAMED_BYTES = 9_000

/** Where a word ends in any script; what comes after may still change its meaning (`https:`, `](`, half a sign). */
const WORD_END = /[\s\u3000-\u3003\uff0c\uff0e\uff1a\uff1f\uff01]/gu

/** The words of a stream piece by piece: defused, whole words only, headed by a line that says what they are. */
export function createStreamText() {
  let taken = 0
  let bytes = 0
  return {
    /** What is new in the text so far; empty when nothing is, null when the message can take no more. */
    next(text: string): string | null {
      const end = lastWordEnd(text)
      const head = taken === 0 && bytes === 0 ? `_${SHARED_WORDS.unchecked}_\n\n` : ''
      const piece = head + escapeMarkdown(text.slice(taken, Math.max(taken, end)))
      const size = Buffer.byteLength(piece)
      if (bytes + size > MAX_STREAMED_BYTES) return null
      bytes += size
      taken = Math.max(taken, end)
      return piece
    },
  }
}

/** The whole text so far, for a message that is changed as a whole. */
export function postedText(text: string): string {
  return `${cut(`_${SHARED_WORDS.unchecked}_\n${escapeMrkdwn(text.slice(0, lastWordEnd(text)))}`, LIMITS.messageText - 2)} …`
}

function lastWordEnd(text: string): number {
  let end = 0
  for (const { index } of text.matchAll(WORD_END)) end = index + 1
  return end
}
