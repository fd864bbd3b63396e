import { closeQuestion, type QuestionRow, releaseQuestion } from '../../diagnosis/questions/question-records.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { retryabilityOf } from '../platform/platform-errors.ts'
import type { AbortReason, ActiveRun } from './active-answers.ts'
import { NotDeliveredError } from './delivery.ts'

/** The pause grows with the question's age: Slack may be away for a second or an hour. */
const LEAST_PAUSE_MS = 2_000
const MAX_PAUSE_MS = 60_000
const PAUSE_OF_AGE = 0.5
/** After this, nobody waits any more. */
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000

/** Returns a question to the queue, for any live instance. */
export function createRequeue(deps: { store: Store; instance: string; logger: Logger; now: () => number }) {
  const { store, instance, logger, now } = deps
  return {
    /** Whether Slack couldn't be reached, so that a retry may succeed. */
    isUndelivered(error: unknown): boolean {
      if (error instanceof NotDeliveredError) return true
      const nature = retryabilityOf(error)
      return nature === 'not_applied' || nature === 'unknown'
    },

    /** The person can't be told anything now. If Slack refused for good, the question is closed. */
    async retryLater(question: QuestionRow, error: unknown): Promise<void> {
      const { id } = question
      const age = now() - question.created_at
      const isOver = age > GIVE_UP_AFTER_MS || (error instanceof NotDeliveredError && error.isFinal)
      logger.error({ err: error, question: id, isOver }, 'an answer could not be delivered')
      const pause = Math.min(MAX_PAUSE_MS, Math.max(LEAST_PAUSE_MS, age * PAUSE_OF_AGE))
      if (isOver) await closeQuestion(store, id, 'abandoned', now())
      else await releaseQuestion(store, id, instance, now() + pause)
    },

    /** On shutdown the next instance gets it at once; a lost lease is already another's. */
    async releaseLease({ question }: ActiveRun, why: Extract<AbortReason, 'shutdown' | 'lease_lost'>): Promise<void> {
      if (why === 'shutdown') await releaseQuestion(store, question.id, instance, now())
      else logger.warn({ question: question.id }, 'another instance has taken over a question of ours')
    },
  }
}
