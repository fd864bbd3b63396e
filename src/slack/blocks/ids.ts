import { hash } from 'node:crypto'

/** The names under which Slack brings clicks and forms back to us; `register.ts` listens to each. */
export const ACTION = {
  runCommand: 'command_run',
  approveCommand: 'command_approve',
  denyCommand: 'command_deny',
  cancelCommand: 'command_cancel',
  offerAgain: 'command_again',
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

/** The names of our shortcuts in the manifest. */
export const SHORTCUT = {
  diagnoseMessage: 'diagnose_message',
  askCode: 'ask_code',
  correct: 'correct_answer',
} as const

/** One of our ids, such as `cor_…`; empty when the value is none, by anyone. */
export function readId(value: string): string {
  return /^[a-z]{1,8}_\w{1,40}$/.test(value) ? value : ''
}

/** A vote button's value: which thumb, and which answer. */
export function voteValue(direction: 'up' | 'down', answerId: string): string {
  return `${direction}:${answerId}`
}

export function readVoteValue(value: string): { value: 1 | -1; answerId: string } | null {
  const [, direction, answerId] = /^(up|down):(ans_[0-9a-z]{1,40})$/.exec(value) ?? []
  return answerId ? { value: direction === 'up' ? 1 : -1, answerId } : null
}

/** A vote button's value below a category: which thumb, and which log line. */
export function logVoteValue(direction: 'up' | 'down', lineId: string): string {
  return `${direction}:${lineId}`
}

export function readLogVoteValue(value: string): { value: 1 | -1; id: string } | null {
  const [, direction, id] = /^(up|down):(log_[0-9a-z]{1,40})$/.exec(value) ?? []
  return id ? { value: direction === 'up' ? 1 : -1, id } : null
}

/** What a visit would be for: an answer's code, and the command that had not helped if there was one. */
export type WorkCause = { answerId: string; code: string; commandId: string | null }

export function workValue({ answerId, code, commandId }: WorkCause): string {
  return [answerId, code, ...(commandId ? [commandId] : [])].join(':')
}

export function readWorkValue(value: string): WorkCause | null {
  const [, answerId, code, commandId = null] =
    /^(ans_[0-9a-z]{1,40}):([A-Z]{1,3}-\d{1,4})(?::(cmd_[0-9a-z]{1,40}))?$/.exec(value) ?? []
  return answerId && code ? { answerId, code, commandId } : null
}

/** Which role's model, and which one was live when the button was shown: a stale button moves nothing. */
export function rollBackValue({ alias, model }: { alias: string; model: string }): string {
  return `${alias}:${hash('sha256', model).slice(0, 32)}`
}

/** The blocks carry the ids too, for a Slack that keeps no metadata. */
export const blockIds = {
  feedback: (answerId: string) => `feedback:${answerId}`,
  reply: (answerId: string) => `reply:${answerId}`,
  likely: (questionId: string) => `likely:${questionId}`,
  retry: (questionId: string) => `${ACTION.retry}:${questionId}`,
}
