import type { Commands } from '../../commands/commands.ts'
import type { WorkOrders } from '../../commands/work-orders/work-orders.ts'
import type { ThreadMemory } from '../../diagnosis/conversation/thread-memory.ts'
import {
  findAnswerOf,
  findQuestion,
  type QuestionRow,
  type SavedAnswer,
} from '../../diagnosis/questions/question-records.ts'
import {
  eraseQuestion,
  findEarlierVersion,
  isReplaced,
  releaseMessage,
} from '../../diagnosis/questions/withdrawal-records.ts'
import type { Drafts } from '../../feedback/corrections/drafts.ts'
import { eraseCorrectionsOf } from '../../feedback/corrections/erasure-records.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Store } from '../../store/open.ts'
import type { Posted } from '../platform/message.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { findPosted } from '../posting/find-posted.ts'
import type { ExistingMessage } from '../progress/live-message.ts'
import type { ActiveAnswers } from './active-answers.ts'
import type { AnswerMessages } from './compose-answer.ts'
import type { Delivery } from './delivery.ts'

export type Withdrawals = {
  /** The message that answers an edited question's earlier version, for the new answer to replace; null without one. */
  takeMessage(question: QuestionRow): Promise<ExistingMessage | null>
  /** Takes back what was posted while its question was being withdrawn. */
  takeBack(question: QuestionRow, at: Posted): Promise<void>
}

export type WithdrawalDeps = {
  store: Store
  commands: Pick<Commands, 'ofAnswer'>
  workOrders: Pick<WorkOrders, 'ofAnswer'>
  memory: Pick<ThreadMemory, 'forget'>
  drafts: Pick<Drafts, 'dropAbout'>
  activeAnswers: Pick<ActiveAnswers, 'withdraw'>
  answerMessages: Pick<AnswerMessages, 'refresh'>
  delivery: Pick<Delivery, 'remove'>
  clientsOf: ClientsOf
  outbox: Pick<Outbox, 'on'>
  now: () => number
}

/**
 * What becomes of a question that its person deleted or edited: its answer is called off, its words go from everything
 * we keep, and the answer that stands goes too, or is replaced. An answer that was acted on stays, as the record of what
 * was sent to a device.
 */
export function createWithdrawals(deps: WithdrawalDeps): Withdrawals {
  const { store, commands, workOrders, memory, drafts, activeAnswers, answerMessages, delivery, clientsOf, now } = deps

  deps.outbox.on('withdrawn', async ({ key: id }) => {
    await activeAnswers.withdraw(id)
    const question = await findQuestion(store, id)
    if (!question) return
    const answer = await findAnswerOf(store, id)
    await erase(question, answer)
    if (answer && (await isActedOn(answer))) return answerMessages.refresh(answer.id)
    if (!isReplaced(question)) await remove(question, answer)
  })

  async function erase(question: QuestionRow, answer: SavedAnswer | null): Promise<void> {
    if (answer) {
      const { id, team, channel, thread_ts, message_ts } = answer
      const thread = thread_ts ?? message_ts
      const codes = answer.findings.flatMap(({ code }) => code ?? [])
      const forgotten = { question: question.text, codes, person: question.user_id }
      if (thread) await memory.forget({ team, channel, thread }, forgotten)
      const by = { user: question.user_id, team: question.team }
      const corrections = await eraseCorrectionsOf(store, id, by, now())
      for (const about of [id, ...corrections]) await drafts.dropAbout(about)
    }
    await eraseQuestion(store, question.id)
  }

  /** Whether a command or a work order came out of it. */
  async function isActedOn({ id }: SavedAnswer): Promise<boolean> {
    const [offered, orders] = await Promise.all([commands.ofAnswer(id), workOrders.ofAnswer(id)])
    return orders.length > 0 || offered.some(({ state }) => state !== 'offered' && state !== 'expired')
  }

  async function remove(question: QuestionRow, answer: SavedAnswer | null): Promise<void> {
    for (const at of await findMessages(question, answer)) await delivery.remove(question.team, at)
    if (answer) await releaseMessage(store, answer.id)
  }

  async function findMessages(question: QuestionRow, answer: SavedAnswer | null): Promise<readonly Posted[]> {
    if (answer?.message_ts) return [{ channel: answer.channel, ts: answer.message_ts }]
    return (await findPosted(await clientsOf(question.team), question, answer?.id ?? null)) ?? []
  }

  return {
    async takeMessage(question) {
      const earlier = await findEarlierVersion(store, question)
      if (!earlier) return null
      const answer = await findAnswerOf(store, earlier.id)
      if (answer && (await isActedOn(answer))) return null
      const place = { ts: question.ts, thread_ts: question.thread_ts }
      const [at] = await findMessages({ ...earlier, ...place }, answer)
      await erase(earlier, answer)
      if (answer) await releaseMessage(store, answer.id)
      return at ? { channel: at.channel, ts: at.ts, isStream: false } : null
    },
    async takeBack(question, at) {
      await eraseQuestion(store, question.id)
      await delivery.remove(question.team, at)
    },
  }
}
