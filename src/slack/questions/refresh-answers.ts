import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { AnswerMessages } from './compose-answer.ts'

export type RefreshDeps = { outbox: Outbox; answerMessages: Pick<AnswerMessages, 'refresh'>; logger: Logger }

/** Shows answers anew about which something changed. What Slack refuses for good, such as a deleted message, is settled. */
export function refreshAnswers({ outbox, answerMessages, logger }: RefreshDeps): void {
  for (const topic of ['show', 'lapse', 'votes'] as const) {
    outbox.on(topic, async function refreshAnswer({ key }) {
      await answerMessages.refresh(key).catch((error: unknown) => {
        if (retryabilityOf(error) !== 'rejected') throw error
        logger.warn({ err: error, answer: key }, 'an answer can no longer be shown anew')
      })
    })
  }
}
