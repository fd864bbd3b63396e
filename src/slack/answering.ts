import type { Catalog } from '../catalog/catalog.ts'
import type { CodeEntry } from '../catalog/schema.ts'
import type { Commands } from '../commands/dispatch.ts'
import type { Diagnose, Diagnosis } from '../diagnosis/diagnose.ts'
import {
  closeQuestion,
  findAnswer,
  findAnswerOf,
  markPosted,
  type QuestionRow,
  type SavedAnswer,
  saveAnswer,
} from '../diagnosis/records.ts'
import type { SymptomSearch } from '../diagnosis/symptoms.ts'
import type { InFlight } from '../lib/background.ts'
import { isAbort } from '../lib/errors.ts'
import { createLatest } from '../lib/latest.ts'
import type { Logger } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import { answerMessage, type SlackMessage } from './blocks/answer.ts'
import { apology, likelyCodes } from './blocks/notices.ts'
import { callSlack, type SlackClients } from './clients.ts'
import { type Posted, post, replyThread, StoppedByReader, takeIn } from './delivery.ts'
import type { LiveMessage, LiveMessages } from './live-message.ts'
import { smallTalk } from './small-talk.ts'
import type { Statuses } from './status.ts'
import type { ThreadMemory } from './threads.ts'
import { WORDS } from './words.ts'

export type AnsweringParts = {
  catalog: Catalog
  store: Store
  diagnose: Diagnose
  symptoms: SymptomSearch
  commands: Commands
  clients: SlackClients
  live: LiveMessages
  statuses: Statuses
  memory: ThreadMemory
  inFlight: InFlight
  logger: Logger
  now: () => number
}

export type Answering = {
  /** Answers a claimed question in its place; never throws, the person is told when it fails. */
  answer(question: QuestionRow, extra?: { hasFiles: boolean }): Promise<void>
  /** Posts an answer that was found but, it seems, never shown. */
  postAgain(question: QuestionRow, saved: SavedAnswer): Promise<void>
  /** Ends a question without an answer, with a button that asks it again. */
  giveUp(question: QuestionRow, words: string): Promise<void>
  /** Shows an answer anew after something about it changed; calls in quick succession are folded. */
  refresh(answerId: string): Promise<void>
}

/** After this a person has gone on; the question gets an apology. */
const GIVE_UP_MS = 60_000

export function createAnswering(parts: AnsweringParts): Answering {
  const { catalog, store, clients, commands, memory, logger, inFlight } = parts

  const answer: Answering['answer'] = async (question, { hasFiles } = { hasFiles: false }) => {
    try {
      const found = await findAnswerOf(store, question.id)
      if (found) return await postAgain(question, found)
      const reply = smallTalk(question.text, hasFiles)
      if (reply) return await closeWith(question, { text: reply, blocks: [] })
      await diagnoseAndPost(question, hasFiles)
    } catch (error) {
      if (error instanceof StoppedByReader) {
        await closeWith(question, { text: WORDS.stopped, blocks: [] }, error.live)
        return
      }
      logger.error({ err: error, question: question.id }, 'a question could not be answered')
      await giveUp(question, isAbort(error) ? WORDS.tookTooLong : WORDS.failed)
    }
  }

  async function giveUp(question: QuestionRow, words: string): Promise<void> {
    await post(clients, question, apology(words, question.id), { logger }).catch((error: unknown) =>
      logger.error({ err: error, question: question.id }, 'the apology could not be posted'),
    )
    await closeQuestion(store, question.id, 'abandoned', parts.now())
  }

  async function closeWith(question: QuestionRow, message: SlackMessage, live: LiveMessage | null = null) {
    await post(clients, question, message, { live, logger })
    await closeQuestion(store, question.id, 'answered', parts.now())
  }

  async function diagnoseAndPost(question: QuestionRow, hasFiles: boolean): Promise<void> {
    const { team, channel, text, thread_ts: thread } = question
    const turns = thread ? await memory.recall(team, channel, thread) : []
    const signal = AbortSignal.timeout(GIVE_UP_MS)
    const writing = takeIn(parts.diagnose({ text, turns }, signal), question, parts.live)
    const status = parts.statuses.show({ channel, threadTs: replyThread(question) }, writing)
    const { diagnosis, live } = await writing
    const likely = turns.length === 0 ? likelyEntries(text, diagnosis) : []
    if (likely.length > 0) {
      await closeWith(question, likelyCodes(likely), live)
      return status.clear()
    }
    const place = { channel, threadTs: replyThread(question), catalogVersion: catalog.version }
    const saved = await saveAnswer(store, question, diagnosis, place, parts.now())
    await offerCommands(saved, diagnosis)
    const message = await messageOf(saved, hasFiles)
    const at = await post(clients, question, message, { live, mark: { answerId: saved.id }, logger })
    await settle(question, saved, at)
    await status.clear()
  }

  /** A symptom without a code: what it may be, the model's own guess first. Empty when the question named a code. */
  function likelyEntries(text: string, { findings, namedCodes }: Diagnosis): CodeEntry[] {
    if (namedCodes.length > 0) return []
    const guessed = findings.flatMap(({ statement }) => (statement ? [statement.code] : []))
    const codes = new Set([...guessed, ...parts.symptoms(text)])
    return [...codes].flatMap((code) => catalog.find(code) ?? []).slice(0, MOST_LIKELY)
  }

  /** The answer stands in Slack; what only later events need is done beside. */
  async function settle(question: QuestionRow, saved: SavedAnswer, at: Posted): Promise<void> {
    await markPosted(store, saved, at, parts.now())
    inFlight.run('after an answer', async () => {
      await commands.setMessage(saved.id, at.channel, at.ts)
      const [finding] = saved.findings
      await memory.remember(question.team, at.channel, replyThread(question) ?? at.ts, {
        question: question.text,
        answer: saved.model_text || (finding?.action ?? ''),
      })
    })
  }

  const postAgain: Answering['postAgain'] = async (question, saved) => {
    const at = await post(clients, question, await messageOf(saved), { mark: { answerId: saved.id }, logger })
    await settle(question, saved, at)
  }

  /** Only what the catalog allows for the code becomes a button, whatever the model wrote. */
  async function offerCommands(saved: SavedAnswer, { device }: Diagnosis): Promise<void> {
    const { id: answerId, team, channel } = saved
    for (const { code, command, verdict } of saved.findings) {
      if (!code || !command || verdict === 'unknown_code' || !catalog.allows(code, command)) continue
      const offeredAt = new Date(parts.now())
      await commands.offer({ answerId, code, command, device, team, channel, offeredAt })
    }
  }

  async function messageOf(saved: SavedAnswer, hasFiles = false): Promise<SlackMessage> {
    const offered = saved.findings.some(({ command }) => command) ? await commands.ofAnswer(saved.id) : []
    const device = saved.device ? await commands.devices.find(saved.device) : null
    return answerMessage({ answer: saved, commands: offered, device, hasFiles }, catalog)
  }

  const refresh = createLatest(async (answerId) => {
    const saved = await findAnswer(store, answerId)
    if (!saved?.message_ts) return
    const { channel, message_ts: ts } = saved
    const { text, blocks } = await messageOf(saved)
    await callSlack(() => clients.posting.chat.update({ channel, ts, text, blocks }))
  })

  return { answer, postAgain, giveUp, refresh }
}

/** More buttons than this are a list to read, not a choice. */
const MOST_LIKELY = 3
