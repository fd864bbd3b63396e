import type { CodeEntry } from '../../catalog/schema.ts'
import type { Diagnosis } from '../../diagnosis/diagnose.ts'
import type { SlackMessage } from '../platform/message.ts'
import { button, context, section } from './elements.ts'
import { ACTION, blockIds } from './ids.ts'
import { openDevice, SHARED_WORDS } from './words.ts'

/** A message without an answer, with a button that asks the question again. */
export function apology(words: string, questionId: string): SlackMessage {
  return {
    text: words,
    blocks: [
      section(words),
      {
        type: 'actions',
        block_id: blockIds.retry(questionId),
        elements: [button(SHARED_WORDS.tryAgain, ACTION.retry, questionId)],
      },
    ],
  }
}

/** The codes a described symptom may belong to, each a button that asks about it. */
export function likelyCodes(
  entries: readonly CodeEntry[],
  questionId: string,
  { openDevices }: Pick<Diagnosis, 'openDevices'>,
): SlackMessage {
  return {
    text: `${SHARED_WORDS.soundsLike} ${entries.map(({ code }) => code).join(', ')}`,
    blocks: [
      section(SHARED_WORDS.soundsLike),
      ...openDevices.map((open) => context(openDevice(open))),
      {
        type: 'actions',
        block_id: blockIds.likely(questionId),
        elements: entries.map(({ code, problem }, i) => button(`${code}: ${problem}`, `${ACTION.askCode}:${i}`, code)),
      },
    ],
  }
}

/** Adds a note about the file that came with the question. */
export function withFileNote(message: SlackMessage, hasFiles: boolean): SlackMessage {
  return hasFiles ? { ...message, blocks: [...message.blocks, context(SHARED_WORDS.cannotSeeFiles)] } : message
}
