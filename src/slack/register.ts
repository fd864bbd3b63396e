import type { App } from '@slack/bolt'
import { ACTION, VIEW } from './ids.ts'
import {
  type CommandListenerParts,
  onApproveCommand,
  onDenyCommand,
  onDeviceChosen,
  onRunCommand,
} from './listeners/commands.ts'
import {
  type FeedbackListenerParts,
  onCorrectButton,
  onCorrectionSent,
  onReaction,
  onVoteButton,
} from './listeners/feedback.ts'
import {
  onAskCode,
  onClassifyCommand,
  onDiagnoseCommand,
  onQuestion,
  onRetry,
  type QuestionListenerParts,
} from './listeners/questions.ts'
import {
  onApproveCorrection,
  onHomeOpened,
  onHydrocoreCommand,
  onQueuePage,
  onRejectCorrection,
  onRejectSent,
  type ReviewListenerParts,
} from './listeners/review.ts'

export type ListenerParts = QuestionListenerParts & CommandListenerParts & FeedbackListenerParts & ReviewListenerParts

/** Everything that Slack can bring us, and who takes it. */
export function register(app: App, parts: ListenerParts): void {
  app.event('message', onQuestion(parts))
  app.event('app_mention', onQuestion(parts))
  app.action(ACTION.retry, onRetry(parts))
  app.action(new RegExp(`^${ACTION.askCode}:`), onAskCode(parts))
  app.command('/diagnose', onDiagnoseCommand(parts))
  app.command('/classify', onClassifyCommand(parts))
  app.command('/hydrocore', onHydrocoreCommand(parts))

  app.action(ACTION.runCommand, onRunCommand(parts))
  app.action(ACTION.approveCommand, onApproveCommand(parts))
  app.action(ACTION.denyCommand, onDenyCommand(parts))
  app.view(VIEW.chooseDevice, onDeviceChosen(parts))

  app.action(ACTION.vote, onVoteButton(parts))
  app.action(ACTION.correct, onCorrectButton(parts))
  app.view(VIEW.correction, onCorrectionSent(parts))
  app.event('reaction_added', onReaction(parts))
  app.event('reaction_removed', onReaction(parts))

  app.event('app_home_opened', onHomeOpened(parts))
  app.action(ACTION.queuePage, onQueuePage(parts))
  app.action(ACTION.approve, onApproveCorrection(parts))
  app.action(ACTION.reject, onRejectCorrection(parts))
  app.view(VIEW.reject, onRejectSent(parts))
}
