/** What is asked as one text that is the same however it is spaced and whatever its case. */

import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { sha256 } from '../../lib/hash.ts'
import { withoutHidden } from '../../lib/hidden-text.ts'

export function questionKey(asked: readonly { role: string; content: string }[]): string {
  const turns = asked.filter(({ role }) => role !== 'system')
  return JSON.stringify(
    turns.map(({ role, content }) => [role, withoutHidden(content).toLowerCase().replace(/\s+/g, ' ').trim()]),
  )
}

/** Names what is asked, the same for any answer, case and spacing; the system prompt is no part of the question. */
export function questionSha256(messages: readonly ChatMessage[]): string {
  return sha256(questionKey(messages.slice(0, -1)))
}
