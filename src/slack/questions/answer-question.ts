import type { Catalog } from '../../catalog/catalog.ts'
import type { Commands } from '../../commands/commands.ts'
import { contextOf, turnOf } from '../../diagnosis/conversation/thread-context.ts'
import type { ThreadMemory } from '../../diagnosis/conversation/thread-memory.ts'
import type { AnswerPart, Diagnose, Diagnosis } from '../../diagnosis/diagnose.ts'
import {
  closeQuestion,
  devicesOf,
  isWanted,
  markPosted,
  type QuestionRow,
  type SavedAnswer,
  saveAnswer,
  statementIn,
} from '../../diagnosis/questions/question-records.ts'
import { proposeFromGrounding } from '../../feedback/corrections/automatic-proposals.ts'
import type { InFlight } from '../../lib/background.ts'
import { createKeyedQueue } from '../../lib/keyed-queue.ts'
import type { Logger } from '../../lib/logger.ts'
import { createYielder } from '../../lib/yield.ts'
import type { Store } from '../../store/open.ts'
import { apology, likelyCodes, withFileNote } from '../blocks/apology.ts'
import { SHARED_WORDS } from '../blocks/words.ts'
import type { Posted, SlackMessage } from '../platform/message.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import type { MessageKind } from '../posting/message-metadata.ts'
import type { PendingMessages } from '../posting/pending-message.ts'
import { threadOf } from '../posting/post.ts'
import type { ExistingMessage } from '../progress/live-message.ts'
import type { Progress, ProgressFactory } from '../progress/progress.ts'
import type { Timeouts } from '../progress/timeouts.ts'
import { type ActiveAnswers, type ActiveRun, isWithdrawal, RunAbortedError } from './active-answers.ts'
import type { Allowance } from './allowance.ts'
import type { AnswerMessages } from './compose-answer.ts'
import type { Delivery } from './delivery.ts'
import { createRequeue } from './retry-later.ts'
import { smallTalkWords } from './small-talk.ts'
import { createTakeover, type PriorAttempt } from './takeover.ts'
import type { Withdrawals } from './withdrawals.ts'
import { WORDS } from './words.ts'

export type AnswerQuestionDeps = {
  catalog: Catalog
  store: Store
  instance: string
  diagnose: Diagnose
  commands: Commands
  clientsOf: ClientsOf
  answerMessages: AnswerMessages
  delivery: Delivery
  progress: ProgressFactory
  activeAnswers: ActiveAnswers
  pendingMessages: PendingMessages
  memory: ThreadMemory
  allowance: Allowance
  withdrawals: Withdrawals
  inFlight: InFlight
  timeouts: Timeouts
  logger: Logger
  now: () => number
}

/** Facts about a question that its row lacks. */
export type Circumstances = {
  hasFiles?: boolean
  /** The asker's own workspace, in a channel shared with another company. */
  userTeam?: string | null
  /** It was another question before the person edited it, and its answer takes that one's place. */
  isEdited?: boolean
  /** Another instance worked on it before: what it found or posted counts. */
  isTakenOver?: boolean
  /** The person clicked "Try again" below this apology. */
  retryAt?: Posted
}

/** More buttons than this are a list to read, not a choice. */
const MAX_PROPOSED = 3

export type AnswerQuestion = {
  /**
   * Answers a claimed question in its place; the questions of one thread are answered in order. Never throws: on
   * failure the person gets an apology.
   */
  answer(question: QuestionRow, circumstances?: Circumstances): Promise<void>
}

export function createAnswerQuestion(deps: AnswerQuestionDeps): AnswerQuestion {
  const { catalog, store, commands, answerMessages, delivery, memory, pendingMessages, timeouts, logger, now } = deps
  const { withdrawals } = deps
  const queue = createKeyedQueue()
  // A hundred questions at once mustn't delay the ack of the next one.
  const yieldTurn = createYielder()
  const takeOver = createTakeover(deps)
  const requeue = createRequeue(deps)

  const answer: AnswerQuestion['answer'] = (question, circumstances = {}) => {
    const run = deps.activeAnswers.begin(question)
    const thread = threadOf(question)
    const place = thread ? `${question.channel}:${thread}` : question.id
    return queue(place, () => process(run, circumstances)).finally(run.end)
  }

  async function process(run: ActiveRun, circumstances: Circumstances): Promise<void> {
    let progress: Progress | null = null
    try {
      await yieldTurn()
      run.signal.throwIfAborted()
      const isPrior = circumstances.isTakenOver || circumstances.retryAt
      const prior: PriorAttempt = isPrior
        ? await takeOver(run.question, circumstances)
        : { kind: 'unanswered', existingMessage: null }
      if (prior.kind === 'settled') return
      const isEdit = circumstances.isEdited || circumstances.isTakenOver
      const existing = prior.existingMessage ?? (isEdit ? await withdrawals.takeMessage(run.question) : null)
      progress = open(run, circumstances, existing)
      if (prior.kind === 'too_old') await apologize(run, progress, WORDS.tooOld)
      else if (prior.kind === 'answered')
        await post(run, progress, prior.answer, await answerMessages.render(prior.answer))
      else await answerNow(run, progress, circumstances.hasFiles === true)
    } catch (error) {
      await fail(run, progress, error)
    } finally {
      // The person doesn't wait for it, but the thread's next question must find it gone.
      await progress?.dispose()
    }
  }

  function open(run: ActiveRun, { userTeam }: Circumstances, before: ExistingMessage | null): Progress {
    const { user_id: user, team } = run.question
    return deps.progress.open(run.question, {
      reader: { user, team: userTeam ?? team },
      before,
      onStopped: () => run.abort('stopped'),
    })
  }

  async function answerNow(run: ActiveRun, progress: Progress, hasFiles: boolean): Promise<unknown> {
    const { question } = run
    const { team, channel, text, thread_ts: thread } = question
    const [known, allowance] = await Promise.all([
      thread ? memory.recall({ team, channel, thread }) : {},
      deps.allowance(question),
    ])
    if (allowance === 'used_up') return finish(run, progress, { text: WORDS.usedUp, blocks: [] }, 'final')
    if (allowance === 'beyond') return closeQuestion(store, question.id, 'abandoned', now())
    // Not `AbortSignal.timeout`, which would outlive the answer and keep what it references in memory.
    const givingUp = setTimeout(() => run.abort('timed_out'), timeouts.giveUpMs)
    const diagnosis = await consumeStream(
      deps.diagnose({ text, ...known, person: question.user_id, thread: conversationKey(question) }, run.signal),
      progress,
    ).finally(() => clearTimeout(givingUp))
    await yieldTurn()
    const { smallTalk, proposed } = diagnosis
    if (smallTalk) return finish(run, progress, { text: smallTalkWords(smallTalk, hasFiles), blocks: [] }, 'final')
    if (proposed.length > 0) {
      const entries = proposed.slice(0, MAX_PROPOSED).flatMap((code) => catalog.find(code) ?? [])
      const message = withFileNote(likelyCodes(entries, question.id, diagnosis), hasFiles)
      const at = await finish(run, progress, message, 'final')
      return memory.remember(threadAt(question, at), null, { topics: [], devices: diagnosis.devices, proposed })
    }
    const place = { channel, threadTs: threadOf(question), catalogVersion: catalog.version }
    const saved = await saveAnswer(store, question, diagnosis, place, now())
    if (!saved) throw new RunAbortedError(await run.whyLost())
    const offered = await answerMessages.offer(saved)
    await post(run, progress, saved, await answerMessages.render(saved, { hasFiles, offered }))
  }

  /** Posts the answer first, then does what only later events need. */
  async function post(run: ActiveRun, progress: Progress, saved: SavedAnswer, message: SlackMessage): Promise<void> {
    const { question } = run
    await run.assertLease()
    const mark = { kind: 'final', questionId: question.id, answerId: saved.id } as const
    const at = await delivery.deliver(question, message, { mark, instead: await progress.finish() })
    await yieldTurn()
    await markDone(question, saved, at)
  }

  async function markDone(question: QuestionRow, saved: SavedAnswer, at: Posted): Promise<void> {
    if (!(await markPosted(store, saved, at, now()))) return withdrawals.takeBack(question, at)
    // Where the model contradicted the catalog, a correction is queued for reviewers.
    deps.inFlight.track('disagreement', () => proposeFromGrounding(store, saved, catalog, now()))
    await commands.setMessage(saved.id, at.channel, at.ts)
    const given = saved.findings.map((row) => ({
      code: row.code,
      statement: statementIn(row),
      step: row.step,
      devices: devicesOf(row),
    }))
    await memory.remember(
      threadAt(question, at),
      turnOf(saved.question_text, given),
      contextOf(given, question.user_id),
    )
  }

  /** Settles a question without an answer: small talk, a choice of codes or an apology. */
  async function finish(
    run: ActiveRun,
    progress: Progress | null,
    message: SlackMessage,
    kind: Exclude<MessageKind, 'unfinished'>,
  ): Promise<Posted> {
    const { question } = run
    await run.assertLease()
    const instead = (await progress?.finish()) ?? null
    // No row records this message, so a takeover must know that it may be posted.
    if (!instead) await pendingMessages.set(question.id, { isStream: false, channel: question.channel, ts: null })
    const mark = { kind, questionId: question.id, answerId: null }
    const at = await delivery.deliver(question, message, { mark, instead })
    const isClosed = await closeQuestion(store, question.id, kind === 'final' ? 'answered' : 'abandoned', now())
    // Another instance may also have closed it, and then its message stands.
    if (!isClosed && !(await isWanted(store, question.id))) await withdrawals.takeBack(question, at)
    return at
  }

  const apologize = (run: ActiveRun, progress: Progress | null, words: string) =>
    finish(run, progress, apology(words, run.question.id), 'apology')

  /** Handles a failure: with an apology if it can be posted, else by leaving the question to a later try. */
  async function fail(run: ActiveRun, progress: Progress | null, error: unknown): Promise<void> {
    try {
      if (isWithdrawal(error) || isWithdrawal(run.signal.reason)) return await (await progress?.finish())?.remove()
      if (error instanceof RunAbortedError && (error.why === 'shutdown' || error.why === 'lease_lost'))
        return await requeue.releaseLease(run, error.why)
      if (requeue.isUndelivered(error)) return await requeue.retryLater(run.question, error)
      const words = wordsFor(error)
      if (words === SHARED_WORDS.failed)
        logger.error({ err: error, question: run.question.id }, 'a question could not be answered')
      await apologize(run, progress, words)
    } catch (second) {
      if (isWithdrawal(second)) return
      if (requeue.isUndelivered(second)) return requeue.retryLater(run.question, second)
      // The lease expires, and another instance takes the question over.
      logger.error({ err: second, question: run.question.id }, 'a question could not even be ended')
    }
  }

  return { answer }
}

/** The thread in which a reply stands; the reply itself opens one where the question has none. */
function threadAt(question: QuestionRow, at: Posted): { team: string; channel: string; thread: string } {
  const thread = at.channel === question.channel ? threadOf(question) : null
  return { team: question.team, channel: at.channel, thread: thread ?? at.ts }
}

/** A question at the top level starts the thread in which it's answered. */
function conversationKey({ team, channel, thread_ts: thread, ts }: QuestionRow): string {
  return `${team}/${channel}/${thread ?? ts}`
}

function wordsFor(error: unknown): string {
  if (!(error instanceof RunAbortedError)) return SHARED_WORDS.failed
  return error.why === 'stopped' ? WORDS.stopped : WORDS.tookTooLong
}

/** Shows the text as it arrives and returns the diagnosis. Reading never waits for showing. */
async function consumeStream(parts: AsyncIterable<AnswerPart>, progress: Progress): Promise<Diagnosis> {
  for await (const part of parts) {
    if (part.kind === 'diagnosis') return part.diagnosis
    progress.write(part.delta)
  }
  throw new Error('the diagnosis ended without a result')
}
