import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt'
import type { Classify } from '../../diagnosis/classification.ts'
import { claimQuestion } from '../../diagnosis/records.ts'
import type { InFlight } from '../../lib/background.ts'
import { remedyOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import type { Answering } from '../answering.ts'
import { escapeMrkdwn } from '../escaping.ts'
import { claimedIn, LEASE_MS } from '../intake.ts'
import { readCommand } from '../reading.ts'
import { WORDS } from '../words.ts'

type EventArgs = Pick<AllMiddlewareArgs, 'context'>
type CommandArgs = Pick<SlackCommandMiddlewareArgs, 'body' | 'ack' | 'respond'>

export type QuestionListenerParts = {
  answering: Answering
  inFlight: InFlight
  classify: Classify
  store: Store
  instance: string
  logger: Logger
  now: () => number
}

/** A message or a mention: claimed in front of Bolt, answered here. */
export const onQuestion =
  ({ answering, inFlight }: Pick<QuestionListenerParts, 'answering' | 'inFlight'>) =>
  async ({ context }: EventArgs): Promise<void> => {
    const claimed = claimedIn(context)
    if (claimed) inFlight.run('answer', () => answering.answer(claimed.row, { hasFiles: claimed.hasFiles }))
  }

/** `/diagnose CODE-or-question [DEVICE]`: stored, then acknowledged, then answered like a message. */
export const onDiagnoseCommand =
  (parts: Omit<QuestionListenerParts, 'classify' | 'logger'>) =>
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
        way: 'command',
        text: command.text,
      },
      { owner: parts.instance, until: parts.now() + LEASE_MS },
      parts.now(),
    )
    // `in_channel` shows the typed command, so that the others see what is being answered.
    await ack({ response_type: 'in_channel' } as Parameters<typeof ack>[0])
    if (question) parts.inFlight.run('answer', () => parts.answering.answer(question))
  }

/** How long a log line may wait for its category: below Slack's 30 minutes by far, and a person's patience. */
const CLASSIFY_WITHIN_MS = 20_000

/** `/classify LOG LINE`: the category, for the asker alone. */
export const onClassifyCommand =
  ({ classify, logger }: Pick<QuestionListenerParts, 'classify' | 'logger'>) =>
  async ({ body, ack, respond }: CommandArgs): Promise<void> => {
    const command = readCommand(body)
    if (!command?.text) return ack({ response_type: 'ephemeral', text: WORDS.classifyUsage })
    await ack()
    const text = await classify(command.text, AbortSignal.timeout(CLASSIFY_WITHIN_MS)).then(
      ({ category }) => (category ? `${WORDS.classified} *${category.replace('_', ' ')}*.` : WORDS.unclassified),
      (error: unknown) => {
        logger.warn({ err: error }, 'a log line could not be sorted')
        return remedyOf(error)
      },
    )
    await respond({ response_type: 'ephemeral', text: `${text}\n> ${escapeMrkdwn(command.text.slice(0, 300))}` })
  }
