import { z } from 'zod'
import { blockIds } from '../blocks/ids.ts'

/**
 * A message's role for its question. A `final` one settles it; an `apology` offers to try again; an `unfinished` one
 * grows, or asks for patience, until the final one replaces it.
 */
export const MESSAGE_KINDS = ['final', 'apology', 'unfinished'] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/** Slack keeps it with each message about a question, so that any instance recognises the message. */
export type MessageMetadata = { kind: MessageKind; questionId: string; answerId: string | null }

export const METADATA_EVENT_TYPE = 'hydrocore_answer'

const Metadata = z.object({
  event_type: z.literal(METADATA_EVENT_TYPE),
  event_payload: z.object({ question_id: z.string(), kind: z.enum(MESSAGE_KINDS) }),
})

export function metadataOf({ kind, questionId, answerId }: MessageMetadata) {
  return {
    event_type: METADATA_EVENT_TYPE,
    event_payload: { question_id: questionId, kind, ...(answerId ? { answer_id: answerId } : {}) },
  }
}

/** A message's role for the question; null when it's about something else. */
export function parseMetadata(
  message: { metadata?: unknown; blocks?: unknown },
  { questionId, answerId }: { questionId: string; answerId: string | null },
): MessageKind | null {
  const marked = Metadata.safeParse(message.metadata)
  if (marked.success) {
    const { question_id, kind } = marked.data.event_payload
    return question_id === questionId ? kind : null
  }
  const blocks = JSON.stringify(message.blocks ?? [])
  const ofAnswer = answerId ? [blockIds.feedback(answerId), blockIds.reply(answerId)] : []
  if (ofAnswer.some((id) => blocks.includes(`"${id}"`))) return 'final'
  if (blocks.includes(`"${blockIds.likely(questionId)}"`)) return 'final'
  return blocks.includes(`"${blockIds.retry(questionId)}"`) ? 'apology' : null
}
