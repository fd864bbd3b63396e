import { z } from 'zod'
import { blockIds } from '../blocks/ids.ts'

/**
 * What a message of ours is to its question. A `final` one settles it; an `apology` offers to try again; an
 * `unfinished` one grows, or says that it takes a while, until the final one takes its place.
 */
export const MESSAGE_KINDS = ['final', 'apology', 'unfinished'] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/** Kept by Slack with each message about a question, so that we know it again whatever became of us. */
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

/** What this message is to the question; null when it is about something else. */
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
