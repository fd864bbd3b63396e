import { LIMITS } from '../blocks/limits.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { cut, escapeMarkdown, escapeMrkdwn } from '../platform/escaping.ts'

/**
 * Slack rejects a streamed message somewhere above 11,000 bytes. Longer text isn't streamed any further: the final
 * message replaces it, and a second stream would only have to be deleted.
 */
const MAX_STREAMED_BYTES = 9_000

/**
 * The end of a word in any script; what follows may still change its meaning (`https:`, `](`, half a surrogate pair).
 */
const WORD_END = /[\s\u3000-\u3003\uff0c\uff0e\uff1a\uff1f\uff01]/gu

/** The text of a stream, piece by piece: escaped, in whole words, below a line that says what it is. */
export function createStreamText() {
  let taken = 0
  let bytes = 0
  return {
    /** The new part of the text; empty when there is none, null when the message is full. */
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

/** The whole text so far, for a message that is updated as a whole. */
export function postedText(text: string): string {
  return `${cut(`_${SHARED_WORDS.unchecked}_\n${escapeMrkdwn(text.slice(0, lastWordEnd(text)))}`, LIMITS.messageText - 2)} …`
}

function lastWordEnd(text: string): number {
  let end = 0
  for (const { index } of text.matchAll(WORD_END)) end = index + 1
  return end
}
