import { setTimeout as wait } from 'node:timers/promises'
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
import { onForm, onGlobalShortcut, onMessageShortcut } from '../platform/listeners.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import type { AnswerQuestion } from './answer-question.ts'
import { ASK_FIELD, askView } from './ask-view.ts'
import { WORDS } from './words.ts'

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
  return onMessageShortcut(async function onDiagnoseMessage(picked, respond) {
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
    const tell = (words: string) => respond({ response_type: 'ephemeral', text: words })
    const answer = async () => {
      if (!question) return tell(WORDS.answeredBefore)
      await deps.answerQuestion.answer(question, { hasFiles })
      const answered = await findAnswerOf(deps.store, question.id)
      if (answered?.message_ts && answered.channel !== channel) await tell(WORDS.asksInPrivate)
    }
    return { afterwards: () => deps.inFlight.track('answer', answer) }
  })
}

/** "Ask about a code", from anywhere. */
export function onAskShortcut({ clientsOf }: ShortcutListenerDeps) {
  return onGlobalShortcut(async function onAskShortcut({ person, triggerId }) {
    const { interactive } = await clientsOf(person.team)
    await callSlack(() => interactive.views.open({ trigger_id: triggerId, view: askView() }))
  })
}

/** Well within the question's lease: until the answer begins, nothing renews it. */
const OPEN_WITHIN_MS = 8_000

/**
 * The question was submitted: stored, then acknowledged, then answered in the direct message. Until that is open, the
 * person stands for it: Slack takes a post to a person as one to their direct message.
 */
export function onAskSent(deps: ShortcutListenerDeps) {
  return onForm(async function onAskSent(form) {
    const text = form.values[ASK_FIELD]?.trim()
    if (!text) return { errors: { [ASK_FIELD]: WORDS.askQuestion } }
    const { user, team } = form.person
    const question = await claim(deps, {
      team,
      channel: user,
      ts: `view:${form.viewId}`,
      threadTs: null,
      userId: user,
      channelType: 'im',
      source: 'shortcut',
      text,
    })
    if (!question) return {}
    const answer = async () => {
      const channel = await Promise.race([directMessage(deps, team, user), wait(OPEN_WITHIN_MS, user, { ref: false })])
      await deps.answerQuestion.answer({ ...question, channel })
    }
    return { afterwards: () => deps.inFlight.track('answer', answer) }
  })
}

function claim(
  { store, instance, leaseMs, now }: ShortcutListenerDeps,
  question: NewQuestion,
): Promise<QuestionRow | null> {
  return claimQuestion(store, question, { owner: instance, until: now() + leaseMs }, now())
}

async function directMessage({ clientsOf, logger }: ShortcutListenerDeps, team: string, user: string): Promise<string> {
  try {
    return await directChannel(await clientsOf(team), user)
  } catch (error) {
    logger.warn({ err: error, user }, 'a direct message could not be opened')
    return user
  }
}
