import type { GlobalShortcut, MessageShortcut, SlackShortcutMiddlewareArgs } from '@slack/bolt'
import {
  claimQuestion,
  findAnswerOf,
  type NewQuestion,
  type QuestionRow,
} from '../../diagnosis/questions/question-records.ts'
import type { InFlight } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { callSlack, directChannel } from '../platform/clients.ts'
import { onForm } from '../platform/listeners.ts'
import { parseGlobalShortcut, parseMessageShortcut } from '../platform/shortcut-payloads.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import type { AnswerQuestion } from './answer-question.ts'
import { ASK_FIELD, askView } from './ask-view.ts'
import { WORDS } from './words.ts'

type MessageArgs = Pick<SlackShortcutMiddlewareArgs<MessageShortcut>, 'body' | 'ack' | 'respond'>
type GlobalArgs = Pick<SlackShortcutMiddlewareArgs<GlobalShortcut>, 'body' | 'ack'>

export type ShortcutListenerDeps = {
  answerQuestion: Pick<AnswerQuestion, 'answer'>
  store: Store
  clientsOf: ClientsOf
  inFlight: InFlight
  instance: string
  leaseMs: number
  logger: Logger
  now: () => number
}

/**
 * "Diagnose this message": answered in its thread if we're a member, else in a direct message to the requester. Each
 * person gets one answer per message, however often they ask.
 */
export function onDiagnoseMessage(deps: ShortcutListenerDeps) {
  return async function onDiagnoseMessage({ body, ack, respond }: MessageArgs): Promise<void> {
    const picked = parseMessageShortcut(body)
    if (!picked) return ack()
    const { person, channel, ts, threadTs, text, hasFiles } = picked
    const question = await claim(deps, {
      team: person.team,
      channel,
      ts: `shortcut:${ts}:${person.user}`,
      threadTs,
      userId: person.user,
      channelType: channel.startsWith('D') ? 'im' : 'channel',
      source: 'shortcut',
      text,
    })
    await ack()
    const tell = (words: string) => respond({ response_type: 'ephemeral', text: words })
    deps.inFlight.track('answer', async () => {
      if (!question) return tell(WORDS.answeredBefore)
      await deps.answerQuestion.answer(question, { hasFiles })
      const answer = await findAnswerOf(deps.store, question.id)
      if (answer?.message_ts && answer.channel !== channel) await tell(WORDS.asksInPrivate)
    })
  }
}

/** "Ask about a code", from anywhere. */
export function onAskShortcut({ clientsOf }: ShortcutListenerDeps) {
  return async function onAskShortcut({ body, ack }: GlobalArgs): Promise<void> {
    await ack()
    const picked = parseGlobalShortcut(body)
    if (!picked) return
    const { interactive } = await clientsOf(picked.team)
    await callSlack(() => interactive.views.open({ trigger_id: picked.triggerId, view: askView() }))
  }
}

/** The question was submitted: stored, then acknowledged, then answered in the direct message. */
export function onAskSent(deps: ShortcutListenerDeps) {
  return onForm(async function onAskSent(form, ack) {
    const text = form.values[ASK_FIELD]?.trim()
    if (!text) return ack({ response_action: 'errors', errors: { [ASK_FIELD]: WORDS.askQuestion } })
    const { user, team } = form.person
    const channel = await directMessage(deps, team, user)
    if (!channel) return ack({ response_action: 'errors', errors: { [ASK_FIELD]: WORDS.askNotReached } })
    const question = await claim(deps, {
      team,
      channel,
      ts: `view:${form.viewId}`,
      threadTs: null,
      userId: user,
      channelType: 'im',
      source: 'shortcut',
      text,
    })
    await ack()
    if (question) deps.inFlight.track('answer', () => deps.answerQuestion.answer(question))
  })
}

function claim(
  { store, instance, leaseMs, now }: ShortcutListenerDeps,
  question: NewQuestion,
): Promise<QuestionRow | null> {
  return claimQuestion(store, question, { owner: instance, until: now() + leaseMs }, now())
}

async function directMessage(
  { clientsOf, logger }: ShortcutListenerDeps,
  team: string,
  user: string,
): Promise<string | null> {
  try {
    return await directChannel(await clientsOf(team), user)
  } catch (error) {
    logger.warn({ err: error, user }, 'a direct message could not be opened')
    return null
  }
}
