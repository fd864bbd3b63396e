import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { OutboxJob } from '../../outbox/outbox-records.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { AnswerMessages } from './compose-answer.ts'

export type RefreshDeps = { outbox: Outbox; answerMessages: Pick<AnswerMessages, 'refresh'>; logger: Logger }

/**
 * Updates the messages of changed answers. A permanent refusal by Slack, such as for a deleted message, settles the
 * job.
 */
export function refreshAnswers({ outbox, answerMessages, logger }: RefreshDeps): void {
  async function refreshAnswer({ key }: OutboxJob): Promise<void> {
    await answerMessages.refresh(key).catch((error: unknown) => {
      if (retryabilityOf(error) !== 'rejected') throw error
      logger.warn({ err: error, answer: key }, 'an answer can no longer be refreshed')
    })
  }
  outbox.on('show', refreshAnswer)
  // Many may expire or be voted on at once, and Slack's rate limit is for what people wait for.
  outbox.on('lapse', refreshAnswer, { priority: 'low' })
  outbox.on('votes', refreshAnswer, { priority: 'low' })
}
