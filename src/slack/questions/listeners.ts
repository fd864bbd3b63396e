import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt'
import { claimQuestion, reopenQuestion, stopThread } from '../../diagnosis/questions/question-records.ts'
import type { InFlight } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { WORDS } from '../blocks/words.ts'
import { readClick, readCommand, readSessionStopped } from '../platform/payloads.ts'
import type { Running } from './active-answers.ts'
import type { Answering } from './answer-question.ts'
import { claimedIn, LEASE_MS } from './intake.ts'

type EventArgs = Pick<AllMiddlewareArgs, 'context'>
type ClickArgs = Pick<SlackActionMiddlewareArgs<BlockAction>, 'body' | 'ack'>
type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack' | 'respond'>

export type QuestionListenerParts = {
  answering: Answering
  inFlight: InFlight
  running: Pick<Running, 'stopThread'>
  store: Store
  instance: string
  leaseMs?: number
  logger: Logger
  now: () => number
}

type Claiming = Pick<QuestionListenerParts, 'answering' | 'inFlight' | 'store' | 'instance' | 'leaseMs' | 'now'>

/** What a question is held by while it is answered here. */
function leaseOf({ instance, leaseMs = LEASE_MS, now }: Claiming) {
  return { owner: instance, until: now() + leaseMs }
}

/** A message or a mention: claimed in front of Bolt, answered here. */
export const onQuestion =
  ({ answering, inFlight }: Pick<QuestionListenerParts, 'answering' | 'inFlight'>) =>
  async ({ context }: EventArgs): Promise<void> => {
    const claimed = claimedIn(context)
    if (claimed) inFlight.run('answer', () => answering.answer(claimed.row, claimed))
  }

/** `/diagnose CODE-or-question [DEVICE]`: stored, then acknowledged, then answered like a message. */
export const onDiagnoseCommand =
  (parts: Claiming) =>
  async ({ body, ack }: CommandArgs): Promise<void> => {
    const command = readCommand(body)
    if (!command?.text) return ack({ response_type: 'ephemeral', text: WORDS.diagnoseUsage })
    const question = await claimQuestion(
      parts.store,
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
      leaseOf(parts),
      parts.now(),
    )
    // `in_channel` shows the typed command, so that the others see what is being answered.
    await ack({ response_type: 'in_channel' } as Parameters<typeof ack>[0])
    if (question) parts.inFlight.run('answer', () => parts.answering.answer(question))
  }

/** "Try again" below an apology: the same question once more, for whoever presses first, in the apology's place. */
export const onRetry =
  (parts: Claiming) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click?.channel || !click.message) return
    const retryAt = { channel: click.channel.id, ts: click.message.ts }
    const question = await reopenQuestion(parts.store, click.value, leaseOf(parts))
    if (question) parts.inFlight.run('answer', () => parts.answering.answer(question, { retryAt }))
  }

/** Slack's own stop button: what is being answered in that thread is called off, also where another instance does it. */
export const onSessionStopped =
  ({ running, store, instance }: Pick<QuestionListenerParts, 'running' | 'store' | 'instance'>) =>
  async ({ body }: { body: unknown }): Promise<void> => {
    const stopped = readSessionStopped(body)
    if (!stopped) return
    running.stopThread(stopped.channel, stopped.threadTs)
    await stopThread(store, stopped, instance)
  }

/** A likely code was chosen: it is asked about in the same thread. */
export const onAskCode =
  (parts: Claiming) =>
  async ({ body, ack }: ClickArgs): Promise<void> => {
    await ack()
    const click = readClick(body)
    if (!click?.channel || !click.message) return
    const question = await claimQuestion(
      parts.store,
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
      leaseOf(parts),
      parts.now(),
    )
    if (question) parts.inFlight.run('answer', () => parts.answering.answer(question))
  }
