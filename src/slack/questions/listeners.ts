import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt'
import { claimQuestion, reopenQuestion, stopThread } from '../../diagnosis/questions/question-records.ts'
import type { InFlight } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { WORDS } from '../blocks/words.ts'
import { parseAction, parseSessionStopped, parseSlashCommand } from '../platform/payloads.ts'
import type { ActiveAnswers } from './active-answers.ts'
import type { AnswerQuestion } from './answer-question.ts'
import { claimedIn, LEASE_MS } from './intake.ts'

type EventArgs = Pick<AllMiddlewareArgs, 'context'>
type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack' | 'respond'>

export type QuestionListenerDeps = {
  answering: AnswerQuestion
  inFlight: InFlight
  running: Pick<ActiveAnswers, 'stopThread'>
  store: Store
  instance: string
  leaseMs?: number
  logger: Logger
  now: () => number
}

type Claiming = Pick<QuestionListenerDeps, 'answering' | 'inFlight' | 'store' | 'instance' | 'leaseMs' | 'now'>

/** What a question is held by while it is answered here. */
function leaseOf({ instance, leaseMs = LEASE_MS, now }: Claiming) {
  return { owner: instance, until: now() + leaseMs }
}

/** A message or a mention: claimed in front of Bolt, answered here. */
export const onQuestion =
  ({ answering, inFlight }: Pick<QuestionListenerDeps, 'answering' | 'inFlight'>) =>
  async ({ context }: EventArgs): Promise<void> => {
    const claimed = claimedIn(context)
    if (claimed) inFlight.track('answer', () => answering.answer(claimed.row, claimed))
  }

/** `/diagnose CODE-or-question [DEVICE]`: stored, then acknowledged, then answered like a message. */
export const onDiagnoseCommand =
  (deps: Claiming) =>
  async ({ body, ack }: CommandArgs): Promise<void> => {
    const command = parseSlashCommand(body)
    if (!command?.text) return ack({ response_type: 'ephemeral', text: WORDS.diagnoseUsage })
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
    // `in_channel` shows the typed command, so that the others see what is being answered.
    await ack({ response_type: 'in_channel' } as Parameters<typeof ack>[0])
    if (question) deps.inFlight.track('answer', () => deps.answering.answer(question))
  }

/** "Try again" below an apology: the same question once more, for whoever presses first, in the apology's place. */
export const onRetry =
  (deps: Claiming) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = parseAction(body)
    if (!click?.channel || !click.message) return
    const retryAt = { channel: click.channel.id, ts: click.message.ts }
    const question = await reopenQuestion(deps.store, click.value, leaseOf(deps))
    if (question) deps.inFlight.track('answer', () => deps.answering.answer(question, { retryAt }))
  }

/** Slack's own stop button: what is being answered in that thread is called off, also where another instance does it. */
export const onSessionStopped =
  ({ running, store, instance }: Pick<QuestionListenerDeps, 'running' | 'store' | 'instance'>) =>
  async ({ body }: { body: unknown }): Promise<void> => {
    const stopped = parseSessionStopped(body)
    if (!stopped) return
    running.stopThread(stopped.channel, stopped.threadTs)
    await stopThread(store, stopped, instance)
  }

/** A likely code was chosen: it is asked about in the same thread. */
export const onAskCode =
  (deps: Claiming) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = parseAction(body)
    if (!click?.channel || !click.message) return
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
    if (question) deps.inFlight.track('answer', () => deps.answering.answer(question))
  }
