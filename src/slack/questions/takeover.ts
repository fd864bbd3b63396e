import type { Commands } from '../../commands/commands.ts'
import {
  closeQuestion,
  findAnswerOf,
  markPosted,
  type QuestionRow,
  type SavedAnswer,
} from '../../diagnosis/questions/question-records.ts'
import type { InFlight } from '../../lib/background.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Store } from '../../store/open.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import { callSlack } from '../platform/clients.ts'
import type { Posted } from '../platform/message.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { findByText, findPosted, type PostedMessages } from '../posting/find-posted.ts'
import type { PendingMessage, PendingMessages } from '../posting/pending-message.ts'
import type { ExistingMessage } from '../progress/live-message.ts'
import type { Timeouts } from '../progress/timeouts.ts'

/** How far another instance came with a question; the answer replaces `existingMessage`. */
export type PriorAttempt =
  /** Done: its last message is in Slack. */
  | { kind: 'settled' }
  /** The answer was made but isn't posted yet. */
  | { kind: 'answered'; answer: SavedAnswer; existingMessage: ExistingMessage | null }
  /** There's no answer, and nobody waits for one any more. */
  | { kind: 'too_old'; existingMessage: ExistingMessage | null }
  /** There's no answer yet. */
  | { kind: 'unanswered'; existingMessage: ExistingMessage | null }

/** Determines how far a question came before: on a dead instance, or in an earlier try. */
export function createTakeover(deps: {
  store: Store
  commands: Pick<Commands, 'setMessage' | 'ofAnswer' | 'offerAgain'>
  clientsOf: ClientsOf
  pendingMessages: PendingMessages
  inFlight: InFlight
  timeouts: Timeouts
  logger: Logger
  now: () => number
}): (question: QuestionRow, known: { retryAt?: Posted }) => Promise<PriorAttempt> {
  const { store, commands, clientsOf, pendingMessages, inFlight, timeouts, logger, now } = deps

  return async (question, { retryAt }) => {
    const found = await findAnswerOf(store, question.id)
    if (retryAt) {
      const existingMessage = { ...retryAt, isStream: false }
      if (!found) return { kind: 'unanswered', existingMessage }
      await renewOffers(found)
      return { kind: 'answered', answer: found, existingMessage }
    }
    logger.warn({ question: question.id }, 'a question was left unanswered, and is taken over')
    const noted = await pendingMessages.get(question.id)
    // Nothing was ever shown, so there's no need to ask Slack.
    const standing = found || noted ? await lookUp(question, found) : []
    const final = standing.find(({ kind }) => kind === 'final')
    const streamed = noted?.isStream ? await findStream(question, noted) : null
    const others: ExistingMessage[] = [
      ...standing.filter(({ kind }) => kind !== 'final').map(({ channel, ts }) => ({ channel, ts, isStream: false })),
      ...(streamed && streamed.ts !== final?.ts ? [{ ...streamed, isStream: true }] : []),
    ]
    const existingMessage = final ? null : (others.pop() ?? null)
    for (const one of others) inFlight.track('removing an unfinished message', () => remove(question, one))
    if (final) {
      await settle(question, found, final)
      return { kind: 'settled' }
    }
    if (now() - question.created_at > timeouts.tooOldMs) return { kind: 'too_old', existingMessage }
    return found ? { kind: 'answered', answer: found, existingMessage } : { kind: 'unanswered', existingMessage }
  }

  async function lookUp(question: QuestionRow, found: SavedAnswer | null): Promise<readonly PostedMessages[]> {
    const standing = await findPosted(await clientsOf(question.team), question, found?.id ?? null)
    if (!standing) logger.warn({ question: question.id }, 'this Slack does not let us look whether an answer stands')
    return standing ?? []
  }

  /** A stream carries no metadata: it's where it was recorded, or where its first line is. */
  async function findStream(question: QuestionRow, { channel, ts }: PendingMessage): Promise<Posted | null> {
    if (ts) return { channel, ts }
    return findByText(await clientsOf(question.team), question, SHARED_WORDS.unchecked)
  }

  async function settle(
    question: QuestionRow,
    found: SavedAnswer | null,
    { channel, ts }: PostedMessages,
  ): Promise<void> {
    if (!found) return void (await closeQuestion(store, question.id, 'answered', now()))
    await markPosted(store, found, { channel, ts }, now())
    await commands.setMessage(found.id, channel, ts)
  }

  async function remove({ team }: QuestionRow, { channel, ts }: Posted): Promise<void> {
    const { posting } = await clientsOf(team)
    await callSlack(() => posting.chat.delete({ channel, ts }), { isRepeatable: true })
  }

  /** A late retry: the answer's command offers have expired. */
  async function renewOffers({ id }: SavedAnswer): Promise<void> {
    for (const command of await commands.ofAnswer(id)) {
      if (command.state === 'expired') await commands.offerAgain(command.id)
    }
  }
}
