/** The names under which Slack brings clicks and forms back to us; `register.ts` listens to each. */
export const ACTION = {
  runCommand: 'command_run',
  approveCommand: 'command_approve',
  denyCommand: 'command_deny',
  retry: 'question_retry',
  askCode: 'code_ask',
  vote: 'answer_feedback',
  correct: 'answer_correct',
  approve: 'correction_approve',
  reject: 'correction_reject',
  queuePage: 'queue_page',
} as const

export const VIEW = {
  correction: 'correction_form',
  chooseDevice: 'choose_device_form',
  reject: 'reject_form',
} as const

/** A vote button's value: which thumb, and which answer. */
export function voteValue(direction: 'up' | 'down', answerId: string): string {
  return `${direction}:${answerId}`
}

export function readVoteValue(value: string): { value: 1 | -1; answerId: string } | null {
  const [, direction, answerId] = /^(up|down):(ans_[0-9a-z]{1,40})$/.exec(value) ?? []
  return answerId ? { value: direction === 'up' ? 1 : -1, answerId } : null
}
