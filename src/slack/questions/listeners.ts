import type { RespondArguments } from '@slack/bolt'
import { claimQuestion, reopenQuestion, stopThread } from '../../diagnosis/questions/question-records.ts'
import type { InFlight } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import { onClick, onSlash } from '../platform/listeners.ts'
import { parseSessionStopped } from '../platform/payloads.ts'
import type { ActiveAnswers } from './active-answers.ts'
import type { AnswerQuestion } from './answer-question.ts'
import { type Intake, LEASE_MS } from './intake.ts'
import { WORDS } from './words.ts'

export type QuestionListenerDeps = {
  intake: Pick<Intake, 'claimedBy' | 'withdrawnBy'>
  answerQuestion: AnswerQuestion
  inFlight: InFlight
  activeAnswers: Pick<ActiveAnswers, 'stopThread' | 'withdraw'>
  outbox: Pick<Outbox, 'wake'>
  store: Store
  instance: string
  leaseMs?: number
  logger: Logger
  now: () => number
}

type ClaimDeps = Pick<QuestionListenerDeps, 'answerQuestion' | 'inFlight' | 'store' | 'instance' | 'leaseMs' | 'now'>

/** The lease of a question that this instance answers. */
function leaseOf({ instance, leaseMs = LEASE_MS, now }: ClaimDeps) {
  return { owner: instance, until: now() + leaseMs }
}

/** A message or a mention, its edit or its deletion: claimed before Bolt; called off and answered here. */
export function onQuestion({
  intake,
  answerQuestion,
  activeAnswers,
  outbox,
  inFlight,
}: Pick<QuestionListenerDeps, 'intake' | 'answerQuestion' | 'activeAnswers' | 'outbox' | 'inFlight'>) {
  return async function onQuestion({ body }: { body: object }): Promise<void> {
    const withdrawn = intake.withdrawnBy(body)
    for (const id of withdrawn) inFlight.track('calling off', () => activeAnswers.withdraw(id))
    if (withdrawn.length > 0) outbox.wake()
    const claimed = intake.claimedBy(body)
    if (claimed) inFlight.track('answer', () => answerQuestion.answer(claimed.row, claimed))
  }
}

/** `/diagnose CODE-or-question [DEVICE]`: stored, then acknowledged, then answered like a message. */
export function onDiagnoseCommand(deps: ClaimDeps) {
  return onSlash(async function onDiagnoseCommand(command) {
    if (!command.text) return { answer: { response_type: 'ephemeral', text: WORDS.diagnoseUsage } }
    const question = await claimQuestion(
      deps.store,
      {
        team: command.team_id,
        channel: command.channel_id,
        ts: `trigger:${command.trigger_id}`,
        threadTs: null,
        userId: command.user_id,
        channelType: command.channel_id.startsWith('D') ? 'im' : 'channel',
        source: 'command',
        text: command.text,
      },
      leaseOf(deps),
      deps.now(),
    )
    // `in_channel` shows the typed command, so that others see what is being answered.
    const answer = { response_type: 'in_channel' } as RespondArguments
    if (!question) return { answer }
    return { answer, afterwards: () => deps.inFlight.track('answer', () => deps.answerQuestion.answer(question)) }
  })
}

/** "Try again" below an apology: asks again in the apology's place, once, for the first person to click. */
export function onRetry(deps: ClaimDeps) {
  return onClick(async function onRetry(click) {
    if (!click.channel || !click.message) return
    const retryAt = { channel: click.channel.id, ts: click.message.ts }
    const question = await reopenQuestion(deps.store, click.value, leaseOf(deps))
    if (question) deps.inFlight.track('answer', () => deps.answerQuestion.answer(question, { retryAt }))
  })
}

/** Slack's stop button: aborts the answer in that thread, even if another instance is making it. */
export function onSessionStopped({
  activeAnswers,
  store,
  instance,
}: Pick<QuestionListenerDeps, 'activeAnswers' | 'store' | 'instance'>) {
  return async function onSessionStopped({ body }: { body: unknown }): Promise<void> {
    const stopped = parseSessionStopped(body)
    if (!stopped) return
    activeAnswers.stopThread(stopped.channel, stopped.threadTs)
    await stopThread(store, stopped, instance)
  }
}

/** Somebody picked a likely code: asks about it in the same thread. */
export function onAskCode(deps: ClaimDeps) {
  return onClick(async function onAskCode(click) {
    if (!click.channel || !click.message) return
    const question = await claimQuestion(
      deps.store,
      {
        team: click.person.team,
        channel: click.channel.id,
        ts: `click:${click.message.ts}:${click.person.user}:${click.value}`,
        threadTs: click.message.thread_ts ?? click.message.ts,
        userId: click.person.user,
        channelType: click.channel.id.startsWith('D') ? 'im' : 'channel',
        source: 'message',
        text: click.value,
      },
      leaseOf(deps),
      deps.now(),
    )
    if (question) deps.inFlight.track('answer', () => deps.answerQuestion.answer(question))
  })
}
