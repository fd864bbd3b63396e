import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { cut, escapeMrkdwn } from '../platform/escaping.ts'
import type { SlackMessage } from '../platform/message.ts'
import { context } from './elements.ts'
import { blockIds } from './ids.ts'
import { LIMITS } from './limits.ts'
import { SHARED_WORDS } from './words.ts'

/** What was asked, who asked it, and where. */
type Asked = Pick<QuestionRow, 'text' | 'user_id' | 'channel'>

const MAX_TEXT = 200

const quoted = ({ text }: Asked) => escapeMrkdwn(cut(text.replace(/\s+/g, ' ').trim(), MAX_TEXT))

/** A slash command isn't a message in the channel, so its answer says who asked what. */
export function withAsker(message: SlackMessage, asked: Asked): SlackMessage {
  return withLine(message, `<@${asked.user_id}> ${SHARED_WORDS.asked} ${quoted(asked)}`)
}

/** An answer given in private says what it answers, and why it's here. */
export function withOrigin(message: SlackMessage, asked: Asked): SlackMessage {
  return withLine(message, `<#${asked.channel}> · ${SHARED_WORDS.mayNotPost} ${quoted(asked)}`)
}

function withLine({ text, blocks }: SlackMessage, line: string): SlackMessage {
  // A text without blocks is its message; with them, it's the notification.
  if (blocks.length === 0) return { text: cut(`${line}\n${text}`, LIMITS.messageText), blocks }
  return { text, blocks: [context(line), ...blocks].slice(0, LIMITS.messageBlocks) }
}

/** An answer whose question was deleted or edited: what came out of it stays to be read, and nobody judges it. */
export function withoutQuestion({ text, blocks }: SlackMessage, answerId: string): SlackMessage {
  const kept = blocks.filter(({ block_id }) => block_id !== blockIds.feedback(answerId))
  return { text, blocks: [context(SHARED_WORDS.withdrawn), ...kept].slice(0, LIMITS.messageBlocks) }
}
