import { hash } from 'node:crypto'

/** The ids by which clicks and forms come back from Slack; each feature's `register` listens for its own. */
export const ACTION = {
  runCommand: 'command_run',
  askOperator: 'command_run_by_operator',
  approveCommand: 'command_approve',
  denyCommand: 'command_deny',
  cancelCommand: 'command_cancel',
  offerAgain: 'command_again',
  askAgain: 'command_ask_again',
  checkOnSite: 'command_checked',
  searchDevice: 'device_search',
  scheduleWork: 'work_schedule',
  workDone: 'work_done',
  workCancelled: 'work_cancel',
  retry: 'question_retry',
  askCode: 'code_ask',
  vote: 'answer_feedback',
  correct: 'answer_correct',
  draftForMe: 'correction_draft',
  startAfresh: 'correction_afresh',
  voteOnCategory: 'category_feedback',
  correctCategory: 'category_correct',
  approve: 'correction_approve',
  edit: 'correction_edit',
  catalogWrong: 'correction_catalog',
  merge: 'correction_merge',
  reject: 'correction_reject',
  homeNext: 'home_next',
  homeBack: 'home_back',
  homeRefresh: 'home_refresh',
  homeExport: 'home_export',
  homeApproveCommand: 'home_command_approve',
  homeDenyCommand: 'home_command_deny',
  withdrawCommand: 'command_withdraw',
  withdrawCorrection: 'correction_withdraw',
  rollBack: 'model_roll_back',
  endTrial: 'model_end_trial',
  moveModel: 'model_move',
} as const

export const VIEW = {
  correction: 'correction_form',
  logLine: 'log_line_form',
  chooseDevice: 'choose_device_form',
  workOrder: 'work_order_form',
  review: 'review_form',
  reject: 'reject_form',
  export: 'export_form',
  ask: 'ask_form',
} as const

/** The callback ids of our shortcuts in the manifest. */
export const SHORTCUT = {
  diagnoseMessage: 'diagnose_message',
  askCode: 'ask_code',
  correct: 'correct_answer',
} as const

/** Parses one of our ids, such as `cor_…`; empty for anything else, since anyone may have shaped the value. */
export function readId(value: string): string {
  return /^[a-z]{1,8}_\w{1,40}$/.test(value) ? value : ''
}

/** A vote button's value: the thumb and the answer. */
export function voteValue(direction: 'up' | 'down', answerId: string): string {
  return `${direction}:${answerId}`
}

export function readVoteValue(value: string): { value: 1 | -1; answerId: string } | null {
  const [, direction, answerId] = /^(up|down):(ans_[0-9a-z]{1,40})$/.exec(value) ?? []
  return answerId ? { value: direction === 'up' ? 1 : -1, answerId } : null
}

/** The value of a vote button below a category: the thumb and the log line. */
export function logVoteValue(direction: 'up' | 'down', lineId: string): string {
  return `${direction}:${lineId}`
}

export function readLogVoteValue(value: string): { value: 1 | -1; id: string } | null {
  const [, direction, id] = /^(up|down):(log_[0-9a-z]{1,40})$/.exec(value) ?? []
  return id ? { value: direction === 'up' ? 1 : -1, id } : null
}

/** The reason for a visit: an answer's code, and what didn't help before: a command, or what a person did. */
export type WorkCause = { answerId: string; code: string; commandId: string | null; isFallback: boolean }

export function workValue({ answerId, code, commandId, isFallback }: WorkCause): string {
  return [answerId, code, ...(commandId ? [commandId] : isFallback ? ['fallback'] : [])].join(':')
}

export function readWorkValue(value: string): WorkCause | null {
  const [, answerId, code, commandId = null, fallback] =
    /^(ans_[0-9a-z]{1,40}):([A-Z]{1,3}-\d{1,4})(?::(?:(cmd_[0-9a-z]{1,40})|(fallback)))?$/.exec(value) ?? []
  return answerId && code
    ? { answerId, code, commandId, isFallback: commandId !== null || fallback !== undefined }
    : null
}

/** The role, and the model that was live when the button was shown, so that a stale button changes nothing. */
export function rollBackValue({ alias, model }: { alias: string; model: string }): string {
  return `${alias}:${hash('sha256', model).slice(0, 32)}`
}

/** The block ids carry our ids too, for a Slack that keeps no metadata. */
export const blockIds = {
  feedback: (answerId: string) => `feedback:${answerId}`,
  reply: (answerId: string) => `reply:${answerId}`,
  likely: (questionId: string) => `likely:${questionId}`,
  retry: (questionId: string) => `${ACTION.retry}:${questionId}`,
}
