import type { Catalog } from '../../catalog/catalog.ts'
import type { Commands } from '../../commands/commands.ts'
import type { Diagnose } from '../../diagnosis/diagnose.ts'
import {
  closeQuestion,
  markPosted,
  type QuestionRow,
  type SavedAnswer,
  saveAnswer,
} from '../../diagnosis/questions/question-records.ts'
import type { SymptomSearch } from '../../diagnosis/symptoms.ts'
import { proposeFromGrounding } from '../../feedback/corrections/automatic-proposals.ts'
import type { InFlight } from '../../lib/background.ts'
import { createKeyedQueue } from '../../lib/keyed-queue.ts'
import type { Logger } from '../../lib/logger.ts'
import { createYielder } from '../../lib/yield.ts'
import type { Store } from '../../store/open.ts'
import { apology, likelyCodes, withFileNote } from '../blocks/apology.ts'
import { WORDS } from '../blocks/words.ts'
import type { Posted, SlackMessage } from '../platform/message.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import type { MessageKind } from '../posting/message-metadata.ts'
import type { PendingMessages } from '../posting/pending-message.ts'
import { threadOf } from '../posting/post.ts'
import type { ExistingMessage } from '../progress/live-message.ts'
import type { Progress, ProgressFactory } from '../progress/progress.ts'
import type { Timeouts } from '../progress/timeouts.ts'
import { type ActiveAnswers, type ActiveRun, RunAbortedError } from './active-answers.ts'
import type { AnswerMessages } from './compose-answer.ts'
import type { Delivery } from './delivery.ts'
import { isNobodyThere, likelyEntries } from './likely-codes.ts'
import { consumeStream } from './reading-along.ts'
import { createRequeue } from './retry-later.ts'
import { smallTalk } from './small-talk.ts'
import { createTakeover } from './takeover.ts'
import type { ThreadMemory } from './thread-memory.ts'

export type AnsweringDeps = {
  catalog: Catalog
  store: Store
  instance: string
  diagnose: Diagnose
  symptoms: SymptomSearch
  commands: Commands
  clientsOf: ClientsOf
  composing: AnswerMessages
  delivery: Delivery
  screens: ProgressFactory
  running: ActiveAnswers
  unfinished: PendingMessages
  memory: ThreadMemory
  inFlight: InFlight
  patience: Timeouts
  logger: Logger
  now: () => number
}

/** What is known of a question beyond its row. */
export type Circumstances = {
  hasFiles?: boolean
  /** The asker's own workspace, in a channel shared with another company. */
  userTeam?: string | null
  /** Somebody worked on it before: what was found or posted then counts. */
  isTakenOver?: boolean
  /** The person asked for another try, below the apology that stands here. */
  retryAt?: Posted
}

export type AnswerQuestion = {
  /** Answers a claimed question in its place, the questions of one thread in their order. Never throws: the person is told. */
  answer(question: QuestionRow, circumstances?: Circumstances): Promise<void>
}

export function createAnswerQuestion(deps: AnsweringDeps): AnswerQuestion {
  const { catalog, store, commands, composing, delivery, memory, unfinished, patience, logger, now } = deps
  const inTurn = createKeyedQueue()
  // Of a hundred questions at once none may keep Slack waiting for the ack of the next.
  const breath = createYielder()
  const lookBack = createTakeover(deps)
  const putBack = createRequeue(deps)

  const answer: AnswerQuestion['answer'] = (question, circumstances = {}) => {
    const run = deps.running.begin(question)
    const thread = threadOf(question)
    const place = thread ? `${question.channel}:${thread}` : question.id
    return inTurn(place, () => treat(run, circumstances)).finally(run.end)
  }

  async function treat(run: ActiveRun, circumstances: Circumstances): Promise<void> {
    let screen: Progress | null = null
    try {
      await breath()
      run.signal.throwIfAborted()
      const past =
        circumstances.isTakenOver || circumstances.retryAt ? await lookBack(run.question, circumstances) : null
      if (past?.isSettled) return
      screen = open(run, circumstances, past?.before ?? null)
      if (past?.isTooOld) await apologise(run, screen, WORDS.tooOld)
      else if (past?.found) await post(run, screen, past.found, await composing.compose(past.found))
      else await reply(run, screen, circumstances.hasFiles === true)
    } catch (error) {
      await failed(run, screen, error)
    } finally {
      // Nobody waits for it, but the next question of the thread has to see it gone.
      await screen?.leave()
    }
  }

  function open(run: ActiveRun, { userTeam }: Circumstances, before: ExistingMessage | null): Progress {
    const { user_id: user, team } = run.question
    return deps.screens.open(run.question, {
      reader: { user, team: userTeam ?? team },
      before,
      onStopped: () => run.callOff('stopped'),
    })
  }

  async function reply(run: ActiveRun, screen: Progress, hasFiles: boolean): Promise<void> {
    const { question } = run
    const { team, channel, text, thread_ts: thread } = question
    const words = smallTalk(text, hasFiles)
    if (words) return conclude(run, screen, { text: words, blocks: [] }, 'final')
    const turns = thread ? await memory.recall(team, channel, thread) : []
    // A timer that is cleared: `AbortSignal.timeout` would outlive the answer, and keep what hangs on it.
    const givingUp = setTimeout(() => run.callOff('timed_out'), patience.giveUpMs)
    const diagnosis = await consumeStream(
      deps.diagnose({ text, turns, thread: conversationKey(question) }, run.signal),
      screen,
    ).finally(() => clearTimeout(givingUp))
    await breath()
    const likely = turns.length === 0 ? likelyEntries(diagnosis, deps.symptoms(text), catalog) : []
    if (likely.length > 0)
      return conclude(run, screen, withFileNote(likelyCodes(likely, question.id), hasFiles), 'final')
    if (isNobodyThere(diagnosis)) return apologise(run, screen, WORDS.nobodyThere)
    const place = { channel, threadTs: threadOf(question), catalogVersion: catalog.version }
    const saved = await saveAnswer(store, question, diagnosis, place, now())
    if (!saved) throw new RunAbortedError('lost')
    const offered = await composing.offer(saved)
    await post(run, screen, saved, await composing.compose(saved, { hasFiles, offered }))
  }

  /** The answer is brought to Slack; what only later events need is done once it stands there. */
  async function post(run: ActiveRun, screen: Progress, saved: SavedAnswer, message: SlackMessage): Promise<void> {
    const { question } = run
    await run.mustBeOurs()
    const mark = { kind: 'final', questionId: question.id, answerId: saved.id } as const
    const at = await delivery.deliver(question, message, { mark, instead: await screen.finish() })
    await breath()
    await settle(question, saved, at)
  }

  async function settle(question: QuestionRow, saved: SavedAnswer, at: Posted): Promise<void> {
    await markPosted(store, saved, at, now())
    // Where the model disagreed with the catalog, reviewers hear of it.
    deps.inFlight.track('disagreement', () => proposeFromGrounding(store, saved, catalog, now()))
    await commands.setMessage(saved.id, at.channel, at.ts)
    const [finding] = saved.findings
    const thread = at.channel === question.channel ? threadOf(question) : null
    await memory.remember(question.team, at.channel, thread ?? at.ts, {
      question: question.text,
      answer: saved.model_text || (finding?.action ?? ''),
    })
  }

  /** A last message that is no answer of its own: small talk, a choice of codes, an apology. */
  async function conclude(
    run: ActiveRun,
    screen: Progress | null,
    message: SlackMessage,
    kind: Exclude<MessageKind, 'unfinished'>,
  ): Promise<void> {
    const { question } = run
    await run.mustBeOurs()
    const instead = (await screen?.finish()) ?? null
    // No row tells of this message: whoever takes over has to know that it may stand.
    if (!instead) await unfinished.note(question.id, { isStream: false, channel: question.channel, ts: null })
    await delivery.deliver(question, message, { mark: { kind, questionId: question.id, answerId: null }, instead })
    await closeQuestion(store, question.id, kind === 'final' ? 'answered' : 'abandoned', now())
  }

  const apologise = (run: ActiveRun, screen: Progress | null, words: string) =>
    conclude(run, screen, apology(words, run.question.id), 'apology')

  /** Ends what went wrong: with kind words where they can be brought to the person, else by leaving it to a later try. */
  async function failed(run: ActiveRun, screen: Progress | null, error: unknown): Promise<void> {
    try {
      if (error instanceof RunAbortedError && (error.why === 'closing' || error.why === 'lost'))
        return await putBack.calledOff(run, error.why)
      if (putBack.isUndelivered(error)) return await putBack.undelivered(run.question, error)
      const words = wordsFor(error)
      if (words === WORDS.failed)
        logger.error({ err: error, question: run.question.id }, 'a question could not be answered')
      await apologise(run, screen, words)
    } catch (second) {
      if (putBack.isUndelivered(second)) return putBack.undelivered(run.question, second)
      // The lease lapses, and the question is taken over.
      logger.error({ err: second, question: run.question.id }, 'a question could not even be ended')
    }
  }

  return { answer }
}

/** A question at the top of a conversation opens the thread in which it is answered. */
function conversationKey({ team, channel, thread_ts: thread, ts }: QuestionRow): string {
  return `${team}/${channel}/${thread ?? ts}`
}

function wordsFor(error: unknown): string {
  if (!(error instanceof RunAbortedError)) return WORDS.failed
  return error.why === 'stopped' ? WORDS.stopped : WORDS.tookTooLong
}
