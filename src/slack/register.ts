import type { App } from '@slack/bolt'
import { ACTION, SHORTCUT, VIEW } from './blocks/ids.ts'
import {
  type CommandListenerDeps,
  onApproveCommand,
  onCancelCommand,
  onCheckedOnSite,
  onDenyCommand,
  onDeviceChosen,
  onDeviceSearch,
  onOfferAgain,
  onRunCommand,
} from './commands/listeners.ts'
import { type LeavingListenerDeps, onTokensRevoked, onUninstalled } from './connection/uninstall.ts'
import { type ExportListenerDeps, onExportSent, onHomeExport } from './exports/listeners.ts'
import {
  onCorrectButton,
  onCorrectionClosed,
  onCorrectionSent,
  onCorrectShortcut,
  onDraftForMe,
  onStartAfresh,
  onTyped,
} from './feedback/correction-listeners.ts'
import { type FeedbackListenerDeps, onReaction, onVoteButton } from './feedback/vote-listeners.ts'
import {
  type HomeListenerDeps,
  onHomeApproveCommand,
  onHomeDenyCommand,
  onHomeOpened,
  onHomePage,
  onHomeRefresh,
  onWithdrawCommand,
  onWithdrawCorrection,
} from './home/listeners.ts'
import { type HydrocoreListenerDeps, onHydrocoreCommand } from './hydrocore/slash-command.ts'
import {
  type LogLineListenerDeps,
  onCategoryClosed,
  onCategorySent,
  onCategoryVote,
  onClassifyCommand,
  onCorrectCategory,
} from './log-lines/listeners.ts'
import { onEndTrial, onMoveModel, onRollBack } from './models/listeners.ts'
import { FIELD_PREFIX } from './platform/form-payloads.ts'
import {
  onAskCode,
  onDiagnoseCommand,
  onQuestion,
  onRetry,
  onSessionStopped,
  type QuestionListenerDeps,
} from './questions/listeners.ts'
import { onAskSent, onAskShortcut, onDiagnoseMessage, type ShortcutListenerDeps } from './questions/shortcuts.ts'
import {
  onApproveCorrection,
  onRejectClosed,
  onRejectCorrection,
  onRejectSent,
  type QueueListenerDeps,
} from './reviews/queue-listeners.ts'
import {
  onCatalogWrong,
  onEditCorrection,
  onMergeCorrection,
  onReviewClosed,
  onReviewSent,
} from './reviews/review-listeners.ts'
import {
  onScheduleWork,
  onWorkCancelled,
  onWorkDone,
  onWorkOrderSent,
  type WorkOrderListenerDeps,
} from './work-orders/listeners.ts'

export type ListenerDeps = QuestionListenerDeps &
  CommandListenerDeps &
  FeedbackListenerDeps &
  HomeListenerDeps &
  ExportListenerDeps &
  HydrocoreListenerDeps &
  LogLineListenerDeps &
  QueueListenerDeps &
  ShortcutListenerDeps &
  WorkOrderListenerDeps &
  LeavingListenerDeps

/** Everything that Slack can bring us, and who takes it. */
export function register(app: App, deps: ListenerDeps): void {
  app.event('message', onQuestion(deps))
  app.event('app_mention', onQuestion(deps))
  app.event('agent_session_stopped', onSessionStopped(deps))
  app.action(ACTION.retry, onRetry(deps))
  app.action(new RegExp(`^${ACTION.askCode}:`), onAskCode(deps))
  app.command('/diagnose', onDiagnoseCommand(deps))
  app.shortcut(SHORTCUT.diagnoseMessage, onDiagnoseMessage(deps))
  app.shortcut(SHORTCUT.askCode, onAskShortcut(deps))
  app.view(VIEW.ask, onAskSent(deps))

  app.action(ACTION.runCommand, onRunCommand(deps))
  app.action(ACTION.approveCommand, onApproveCommand(deps))
  app.action(ACTION.denyCommand, onDenyCommand(deps))
  app.action(ACTION.cancelCommand, onCancelCommand(deps))
  app.action(ACTION.offerAgain, onOfferAgain(deps))
  app.action(ACTION.checkOnSite, onCheckedOnSite(deps))
  app.options(ACTION.searchDevice, onDeviceSearch(deps))
  app.view(VIEW.chooseDevice, onDeviceChosen(deps))

  app.action(ACTION.scheduleWork, onScheduleWork(deps))
  app.view(VIEW.workOrder, onWorkOrderSent(deps))
  app.action(ACTION.workDone, onWorkDone(deps))
  app.action(ACTION.workCancelled, onWorkCancelled(deps))

  app.action(ACTION.vote, onVoteButton(deps))
  app.action(ACTION.correct, onCorrectButton(deps))
  app.shortcut(SHORTCUT.correct, onCorrectShortcut(deps))
  app.action(ACTION.draftForMe, onDraftForMe(deps))
  app.action(ACTION.startAfresh, onStartAfresh(deps))
  app.action(new RegExp(`^${FIELD_PREFIX}`), onTyped(deps))
  app.view(VIEW.correction, onCorrectionSent(deps))
  app.view({ callback_id: VIEW.correction, type: 'view_closed' }, onCorrectionClosed(deps))
  app.event('reaction_added', onReaction(deps))
  app.event('reaction_removed', onReaction(deps))

  app.command('/classify', onClassifyCommand(deps))
  app.action(ACTION.voteOnCategory, onCategoryVote(deps))
  app.action(ACTION.correctCategory, onCorrectCategory(deps))
  app.view(VIEW.logLine, onCategorySent(deps))
  app.view({ callback_id: VIEW.logLine, type: 'view_closed' }, onCategoryClosed(deps))

  app.event('app_home_opened', onHomeOpened(deps))
  app.action(ACTION.homeNext, onHomePage(deps))
  app.action(ACTION.homeBack, onHomePage(deps))
  app.action(ACTION.homeRefresh, onHomeRefresh(deps))
  app.action(ACTION.homeExport, onHomeExport(deps))
  app.view(VIEW.export, onExportSent(deps))
  app.action(ACTION.homeApproveCommand, onHomeApproveCommand(deps))
  app.action(ACTION.homeDenyCommand, onHomeDenyCommand(deps))
  app.action(ACTION.withdrawCommand, onWithdrawCommand(deps))
  app.action(ACTION.withdrawCorrection, onWithdrawCorrection(deps))
  app.action(ACTION.approve, onApproveCorrection(deps))
  app.action(ACTION.reject, onRejectCorrection(deps))
  app.action(ACTION.edit, onEditCorrection(deps))
  app.action(ACTION.catalogWrong, onCatalogWrong(deps))
  app.action(ACTION.merge, onMergeCorrection(deps))
  app.view(VIEW.review, onReviewSent(deps))
  app.view({ callback_id: VIEW.review, type: 'view_closed' }, onReviewClosed(deps))
  app.view(VIEW.reject, onRejectSent(deps))
  app.view({ callback_id: VIEW.reject, type: 'view_closed' }, onRejectClosed(deps))

  app.command('/hydrocore', onHydrocoreCommand(deps))
  app.action(ACTION.rollBack, onRollBack(deps))
  app.action(ACTION.endTrial, onEndTrial(deps))
  app.action(ACTION.moveModel, onMoveModel(deps))

  app.event('app_uninstalled', onUninstalled(deps))
  app.event('tokens_revoked', onTokensRevoked(deps))
}
