import { listOrphans, takeOver } from '../../diagnosis/questions/question-records.ts'
import { createPoller, type InFlight, type Poller } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import type { ActiveAnswers } from './active-answers.ts'
import type { AnswerQuestion } from './answer-question.ts'

/** As many as a busy instance answers at once; the next ones follow as these finish. */
const MAX_AT_ONCE = 100

/** Takes over questions that another instance left behind, or that couldn't be answered at the time. */
export function createRecovery(deps: {
  store: Store
  answerQuestion: AnswerQuestion
  activeAnswers: Pick<ActiveAnswers, 'has'>
  instance: string
  leaseMs: number
  inFlight: InFlight
  logger: Logger
  now: () => number
}): Poller {
  const { store, answerQuestion, activeAnswers, instance, leaseMs, inFlight, now } = deps
  let atWork = 0

  const background = createPoller({
    name: 'questions left behind',
    everyMs: leaseMs / 3,
    logger: deps.logger,
    async run() {
      const free = MAX_AT_ONCE - atWork
      if (free <= 0) return
      const orphans = await listOrphans(store, now(), free)
      for (const orphan of orphans) {
        // Our own, with a late renewal: it's being answered.
        if (activeAnswers.has(orphan.id)) continue
        const lease = { owner: instance, until: now() + leaseMs }
        if (!(await takeOver(store, orphan, lease))) continue
        atWork += 1
        const question = { ...orphan, lease_owner: lease.owner, lease_until: lease.until }
        inFlight.track('recovery', async () => {
          await answerQuestion.answer(question, { isTakenOver: true })
          const wasFull = atWork === MAX_AT_ONCE
          atWork -= 1
          if (wasFull) await background.runOnce()
        })
      }
    },
  })
  return background
}
