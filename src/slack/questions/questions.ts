import { ACTION, SHORTCUT, VIEW } from '../blocks/ids.ts'
import { type Feature, feature } from '../platform/feature.ts'
import { createActiveAnswers } from './active-answers.ts'
import { type AnswerQuestionDeps, createAnswerQuestion } from './answer-question.ts'
import type { Intake } from './intake.ts'
import { onAskCode, onDiagnoseCommand, onQuestion, onRetry, onSessionStopped } from './listeners.ts'
import { createRecovery } from './recovery.ts'
import { type RefreshDeps, refreshAnswers } from './refresh-answers.ts'
import { onAskSent, onAskShortcut, onDiagnoseMessage } from './shortcuts.ts'
import { createWithdrawals, type WithdrawalDeps } from './withdrawals.ts'

type QuestionsDeps = Omit<AnswerQuestionDeps, 'activeAnswers' | 'withdrawals'> &
  RefreshDeps &
  Omit<WithdrawalDeps, 'activeAnswers'> & {
    intake: Pick<Intake, 'claimedBy' | 'withdrawnBy'>
    leaseMs: number
  }

/** Questions from every entry point to their one final answer, on any instance. */
export function createQuestions(deps: QuestionsDeps): Feature {
  const { store, instance, leaseMs, timeouts, inFlight, logger, now } = deps
  const activeAnswers = createActiveAnswers({ store, instance, leaseMs, stopMs: timeouts.stopMs, logger, now })
  const withdrawals = createWithdrawals({ ...deps, activeAnswers })
  const answerQuestion = createAnswerQuestion({ ...deps, activeAnswers, withdrawals })
  const recovery = createRecovery({ store, answerQuestion, activeAnswers, instance, leaseMs, inFlight, logger, now })
  refreshAnswers(deps)
  const listening = { ...deps, answerQuestion, activeAnswers }
  return feature(
    (app) => {
      app.event('message', onQuestion(listening))
      app.event('app_mention', onQuestion(listening))
      app.event('agent_session_stopped', onSessionStopped(listening))
      app.action(ACTION.retry, onRetry(listening))
      app.action(new RegExp(`^${ACTION.askCode}:`), onAskCode(listening))
      app.command('/diagnose', onDiagnoseCommand(listening))
      app.shortcut(SHORTCUT.diagnoseMessage, onDiagnoseMessage(listening))
      app.shortcut(SHORTCUT.askCode, onAskShortcut(listening))
      app.view(VIEW.ask, onAskSent(listening))
    },
    [activeAnswers, recovery],
  )
}
