import type { Catalog } from '../catalog/catalog.ts'
import type { Commands } from '../commands/dispatch.ts'
import { type Diagnose, type Diagnosis, diagnosisOf } from '../diagnosis/diagnose.ts'
import {
  closeQuestion,
  findAnswer,
  markPosted,
  type QuestionRow,
  type SavedAnswer,
  saveAnswer,
} from '../diagnosis/records.ts'
import type { InFlight } from '../lib/background.ts'
import { createLatest } from '../lib/latest.ts'
import type { Logger } from '../lib/logger.ts'
import type { Store } from '../store/open.ts'
import { answerMessage, type SlackMessage } from './blocks/answer.ts'
import { callSlack, type SlackClients } from './clients.ts'
import { smallTalk } from './small-talk.ts'
import type { ThreadMemory } from './threads.ts'
import { WORDS } from './words.ts'

export type AnsweringParts = {
  catalog: Catalog
  store: Store
  diagnose: Diagnose
  commands: Commands
  clients: SlackClients
  memory: ThreadMemory
  inFlight: InFlight
  logger: Logger
  now: () => number
}

export type Answering = {
  /** Answers a claimed question in its place; never throws, the person is told when it fails. */
  answer(question: QuestionRow, extra?: { hasFiles: boolean }): Promise<void>
  /** Shows an answer anew after something about it changed; calls in quick succession are folded. */
  refresh(answerId: string): Promise<void>
}

/** A status is worth a call to Slack only when the answer takes a while. */
const STATUS_AFTER_MS = 300

export function createAnswering(parts: AnsweringParts): Answering {
  const { catalog, store, clients, commands, memory, logger, inFlight } = parts

  const answer: Answering['answer'] = async (question, { hasFiles } = { hasFiles: false }) => {
    try {
      const reply = smallTalk(question.text, hasFiles)
      if (reply) {
        await post(question, { text: reply, blocks: [] })
        return await closeQuestion(store, question.id, 'answered', parts.now())
      }
      await diagnoseAndPost(question)
    } catch (error) {
      logger.error({ err: error, question: question.id }, 'a question could not be answered')
      await post(question, { text: WORDS.failed, blocks: [] }).catch((cause: unknown) =>
        logger.error({ err: cause, question: question.id }, 'the apology could not be posted'),
      )
      await closeQuestion(store, question.id, 'abandoned', parts.now())
    }
  }

  async function diagnoseAndPost(question: QuestionRow): Promise<void> {
    const thread = question.thread_ts
    const turns = thread ? await memory.recall(question.team, question.channel, thread) : []
    const diagnosing = diagnosisOf(parts.diagnose({ text: question.text, turns }, AbortSignal.timeout(GIVE_UP_MS)))
    const status = showStatus(question, diagnosing)
    const diagnosis = await diagnosing
    const saved = await saveAnswer(
      store,
      question,
      diagnosis,
      { channel: question.channel, threadTs: replyThread(question), catalogVersion: catalog.version },
      parts.now(),
    )
    await offerCommands(saved, diagnosis)
    const at = await post(question, await messageOf(saved))
    await markPosted(store, saved, at, parts.now())
    // What only later events need is done beside; the person has the answer.
    inFlight.run('after an answer', async () => {
      await status.clear()
      await commands.setMessage(saved.id, at.channel, at.ts)
      const root = replyThread(question) ?? at.ts
      await memory.remember(question.team, at.channel, root, {
        question: question.text,
        answer: diagnosis.modelText || (saved.findings[0]?.action ?? ''),
      })
    })
  }

  /** Only what the catalog allows for the code becomes a button, whatever the model wrote. */
  async function offerCommands(saved: SavedAnswer, { device }: Diagnosis): Promise<void> {
    for (const { code, command, verdict } of saved.findings) {
      if (!code || !command || verdict === 'unknown_code' || !catalog.allows(code, command)) continue
      await commands.offer({
        answerId: saved.id,
        code,
        command,
        device,
        team: saved.team,
        channel: saved.channel,
        offeredAt: new Date(parts.now()),
      })
    }
  }

  async function messageOf(saved: SavedAnswer): Promise<SlackMessage> {
    const offered = saved.findings.some(({ command }) => command) ? await commands.ofAnswer(saved.id) : []
    const device = saved.device ? await commands.devices.find(saved.device) : null
    return answerMessage({ answer: saved, commands: offered, device }, catalog)
  }

  /** `setStatus` runs beside the work and is cleared when it came too late to be cleared by the answer itself. */
  function showStatus(question: QuestionRow, work: Promise<unknown>): { clear(): Promise<void> } {
    const thread = replyThread(question)
    if (!thread) return { clear: async () => undefined }
    const status = (text: string) =>
      clients.posting.assistant.threads
        .setStatus({
          channel_id: question.channel,
          thread_ts: thread,
          status: text,
          ...(text ? { loading_messages: [...WORDS.loading] } : {}),
        })
        .catch((error: unknown) => logger.debug({ err: error }, 'no status in this workspace'))
    let shown: Promise<unknown> | null = null
    const timer = setTimeout(() => {
      shown = status(WORDS.thinking)
    }, STATUS_AFTER_MS)
    let isDone = false
    const stop = () => {
      clearTimeout(timer)
      isDone = true
    }
    work.then(stop, stop)
    return {
      async clear() {
        if (!shown || !isDone) return
        await shown
        await status('')
      },
    }
  }

  async function post(question: QuestionRow, message: SlackMessage): Promise<{ channel: string; ts: string }> {
    const thread = replyThread(question)
    const send = (channel: string) =>
      callSlack(() =>
        clients.posting.chat.postMessage({
          channel,
          text: message.text,
          ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
          ...(thread ? { thread_ts: thread } : {}),
          unfurl_links: false,
          unfurl_media: false,
        }),
      )
    const sent = await send(question.channel).catch(async (error: unknown) => {
      // A slash command works in channels we are not in; the answer then goes to the person alone.
      if (question.way !== 'command' || !isElsewhere(error)) throw error
      const { channel } = await callSlack(() => clients.posting.conversations.open({ users: question.user_id }))
      return send(channel?.id ?? question.user_id)
    })
    return { channel: sent.channel ?? question.channel, ts: sent.ts ?? '' }
  }

  const refresh = createLatest(async (answerId) => {
    const saved = await findAnswer(store, answerId)
    if (!saved?.message_ts) return
    const { channel, message_ts: ts } = saved
    const message = await messageOf(saved)
    await callSlack(() => clients.posting.chat.update({ channel, ts, text: message.text, blocks: message.blocks }))
  })

  return { answer, refresh }
}

/** After this a person has gone on; the question gets an apology. */
const GIVE_UP_MS = 60_000

/** The thread an answer belongs to; null for a slash command, which has no message of its own. */
function replyThread(question: QuestionRow): string | null {
  return question.way === 'command' ? null : (question.thread_ts ?? question.ts)
}

function isElsewhere(error: unknown): boolean {
  const reason = (error as { data?: { error?: string } }).data?.error
  return ['not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action'].includes(reason ?? '')
}
