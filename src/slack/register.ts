import type { App } from '@slack/bolt'
import { ACTION, SHORTCUT, VIEW } from './blocks/ids.ts'
import {
  type CommandListenerParts,
  onApproveCommand,
  onCancelCommand,
  onCheckedOnSite,
  onDenyCommand,
  onDeviceChosen,
  onDeviceSearch,
  onOfferAgain,
  onRunCommand,
} from './commands/listeners.ts'
import { type LeavingListenerParts, onTokensRevoked, onUninstalled } from './connection/uninstall.ts'
import { type ExportListenerParts, onExportSent, onHomeExport } from './exports/listeners.ts'
import {
  onCorrectButton,
  onCorrectionClosed,
  onCorrectionSent,
  onCorrectShortcut,
  onDraftForMe,
  onStartAfresh,
  onTyped,
} from './feedback/correction-listeners.ts'
import { type FeedbackListenerParts, onReaction, onVoteButton } from './feedback/vote-listeners.ts'
import {
  type HomeListenerParts,
  onHomeApproveCommand,
  onHomeDenyCommand,
  onHomeOpened,
  onHomePage,
  onHomeRefresh,
  onWithdrawCommand,
  onWithdrawCorrection,
} from './home/listeners.ts'
import { type HydrocoreListenerParts, onHydrocoreCommand } from './hydrocore/slash-command.ts'
import {
  type LogLineListenerParts,
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
  type QuestionListenerParts,
} from './questions/listeners.ts'
import { onAskSent, onAskShortcut, onDiagnoseMessage, type ShortcutListenerParts } from './questions/shortcuts.ts'
import {
  onApproveCorrection,
  onRejectClosed,
  onRejectCorrection,
  onRejectSent,
  type QueueListenerParts,
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
  type WorkOrderListenerParts,
} from './work-orders/listeners.ts'

export type ListenerParts = QuestionListenerParts &
  CommandListenerParts &
  FeedbackListenerParts &
  HomeListenerParts &
  ExportListenerParts &
  HydrocoreListenerParts &
  LogLineListenerParts &
  QueueListenerParts &
  ShortcutListenerParts &
  WorkOrderListenerParts &
  LeavingListenerParts

/** Everything that Slack can bring us, and who takes it. */
export function register(app: App, parts: ListenerParts): void {
  app.event('message', onQuestion(parts))
  app.event('app_mention', onQuestion(parts))
  app.event('agent_session_stopped', onSessionStopped(parts))
  app.action(ACTION.retry, onRetry(parts))
  app.action(new RegExp(`^${ACTION.askCode}:`), onAskCode(parts))
  app.command('/diagnose', onDiagnoseCommand(parts))
  app.shortcut(SHORTCUT.diagnoseMessage, onDiagnoseMessage(parts))
  app.shortcut(SHORTCUT.askCode, onAskShortcut(parts))
  app.view(VIEW.ask, onAskSent(parts))

  app.action(ACTION.runCommand, onRunCommand(parts))
  app.action(ACTION.approveCommand, onApproveCommand(parts))
  app.action(ACTION.denyCommand, onDenyCommand(parts))
  app.action(ACTION.cancelCommand, onCancelCommand(parts))
  app.action(ACTION.offerAgain, onOfferAgain(parts))
  app.action(ACTION.checkOnSite, onCheckedOnSite(parts))
  app.options(ACTION.searchDevice, onDeviceSearch(parts))
  app.view(VIEW.chooseDevice, onDeviceChosen(parts))

  app.action(ACTION.scheduleWork, onScheduleWork(parts))
  app.view(VIEW.workOrder, onWorkOrderSent(parts))
  app.action(ACTION.workDone, onWorkDone(parts))
  app.action(ACTION.workCancelled, onWorkCancelled(parts))

  app.action(ACTION.vote, onVoteButton(parts))
  app.action(ACTION.correct, onCorrectButton(parts))
  app.shortcut(SHORTCUT.correct, onCorrectShortcut(parts))
  app.action(ACTION.draftForMe, onDraftForMe(parts))
  app.action(ACTION.startAfresh, onStartAfresh(parts))
  app.action(new RegExp(`^${FIELD_PREFIX}`), onTyped(parts))
  app.view(VIEW.correction, onCorrectionSent(parts))
  app.view({ callback_id: VIEW.correction, type: 'view_closed' }, onCorrectionClosed(parts))
  app.event('reaction_added', onReaction(parts))
  app.event('reaction_removed', onReaction(parts))

  app.command('/classify', onClassifyCommand(parts))
  app.action(ACTION.voteOnCategory, onCategoryVote(parts))
  app.action(ACTION.correctCategory, onCorrectCategory(parts))
  app.view(VIEW.logLine, onCategorySent(parts))
  app.view({ callback_id: VIEW.logLine, type: 'view_closed' }, onCategoryClosed(parts))

  app.event('app_home_opened', onHomeOpened(parts))
  app.action(ACTION.homeNext, onHomePage(parts))
  app.action(ACTION.homeBack, onHomePage(parts))
  app.action(ACTION.homeRefresh, onHomeRefresh(parts))
  app.action(ACTION.homeExport, onHomeExport(parts))
  app.view(VIEW.export, onExportSent(parts))
  app.action(ACTION.homeApproveCommand, onHomeApproveCommand(parts))
  app.action(ACTION.homeDenyCommand, onHomeDenyCommand(parts))
  app.action(ACTION.withdrawCommand, onWithdrawCommand(parts))
  app.action(ACTION.withdrawCorrection, onWithdrawCorrection(parts))
  app.action(ACTION.approve, onApproveCorrection(parts))
  app.action(ACTION.reject, onRejectCorrection(parts))
  app.action(ACTION.edit, onEditCorrection(parts))
  app.action(ACTION.catalogWrong, onCatalogWrong(parts))
  app.action(ACTION.merge, onMergeCorrection(parts))
  app.view(VIEW.review, onReviewSent(parts))
  app.view({ callback_id: VIEW.review, type: 'view_closed' }, onReviewClosed(parts))
  app.view(VIEW.reject, onRejectSent(parts))
  app.view({ callback_id: VIEW.reject, type: 'view_closed' }, onRejectClosed(parts))

  app.command('/hydrocore', onHydrocoreCommand(parts))
  app.action(ACTION.rollBack, onRollBack(parts))
  app.action(ACTION.endTrial, onEndTrial(parts))
  app.action(ACTION.moveModel, onMoveModel(parts))

  app.event('app_uninstalled', onUninstalled(parts))
  app.event('tokens_revoked', onTokensRevoked(parts))
}
