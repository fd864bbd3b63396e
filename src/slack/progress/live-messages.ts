import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import type { Logger } from '../../lib/logger.ts'
import type { SlackClients } from '../platform/clients.ts'
import type { Posted } from '../platform/message.ts'
import { createUnavailable, isNotOffered, retryAfterMs, slackReason } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import type { PendingMessage, PendingMessages } from '../posting/pending-message.ts'
import { threadOf } from '../posting/post.ts'
import { type LiveMessage, NOT_HERE, type Reader, STREAMS_A_MINUTE, takeOne } from './live-message.ts'
import { openPosted, resumePosted } from './live-post.ts'
import { openStream } from './live-stream.ts'
import type { Timeouts } from './timeouts.ts'

export type LiveMessages = {
  /** Starts with the text so far. Null when nothing could be shown. */
  open(question: QuestionRow, reader: Reader, text: string): Promise<LiveMessage | null>
  /** Posts a notice in the thread that it takes a while; it grows into the answer. */
  notice(question: QuestionRow, words: string): Promise<LiveMessage | null>
  /** Continues an existing message. */
  resume(question: QuestionRow, standing: Posted & { isStream: boolean }): Promise<LiveMessage | null>
  /** False once Slack reported that this workspace's direct messages have no streaming. */
  mayStream(team: string): boolean
}

/** Streams where the workspace can; elsewhere posts one message and updates it. */
export function createLiveMessages(deps: {
  clientsOf: ClientsOf
  pendingMessages: PendingMessages
  timeouts: Timeouts
  logger: Logger
}): LiveMessages {
  const { clientsOf, pendingMessages, timeouts, logger } = deps
  const budget = new RateLimiterMemory({ points: STREAMS_A_MINUTE, duration: 60 })
  /** Where streaming isn't offered, per workspace, and separately for direct messages and channels. */
  const unavailable = createUnavailable()
  const growing = { stream: 0, post: 0 }

  const counted = (kind: keyof typeof growing, live: LiveMessage): LiveMessage => {
    growing[kind] += 1
    let isOpen = true
    return {
      ...live,
      close: () => {
        if (isOpen) growing[kind] -= 1
        isOpen = false
        return live.close()
      },
    }
  }
  // `chat.appendStream` is Tier 4 and `chat.update` Tier 3, some 100 and 50 a minute, shared by all growing messages.
  const pauseMs = {
    stream: () => timeouts.appendEveryMs * Math.max(1, growing.stream),
    post: () => timeouts.updateEveryMs * Math.max(1, growing.post),
  }

  async function stream(clients: SlackClients, question: QuestionRow, reader: Reader, text: string) {
    const { team, channel_type } = question
    const kind = `${team}:${channel_type === 'im' ? 'im' : 'channel'}`
    if (!threadOf(question) || unavailable.has(kind) || !(await takeOne(budget, team))) return null
    try {
      const note = (found: PendingMessage) => pendingMessages.set(question.id, found)
      return await openStream(clients, { question, reader, text, note, pauseMs: pauseMs.stream, logger })
    } catch (error) {
      const waitMs = retryAfterMs(error)
      if (waitMs) await budget.block(team, Math.ceil(waitMs / 1000))
      unavailable.note(kind, error, isNotOffered(error) || NOT_HERE.includes(slackReason(error) ?? ''))
      logger.warn(
        { err: error, team, channel_type },
        'an answer could not be streamed, so a message is updated instead',
      )
      return null
    }
  }

  /** A failed preview mustn't cost the answer. */
  const tried = (question: QuestionRow, show: (clients: SlackClients) => Promise<LiveMessage | null>) =>
    clientsOf(question.team)
      .then(show)
      .catch((error: unknown) => {
        logger.warn({ err: error, question: question.id }, 'nothing can be shown before the answer is ready')
        return null
      })
  const posted = async (clients: SlackClients, question: QuestionRow, text: string, isNotice: boolean) => {
    await pendingMessages.set(question.id, { isStream: false, channel: question.channel, ts: null })
    return counted('post', await openPosted(clients, { question, text, isNotice, pauseMs: pauseMs.post, logger }))
  }

  return {
    open: (question, reader, text) =>
      tried(question, async (clients) => {
        const streamed = await stream(clients, question, reader, text)
        return streamed ? counted('stream', streamed) : posted(clients, question, text, false)
      }),
    notice: (question, words) => tried(question, (clients) => posted(clients, question, words, true)),
    resume: (question, standing) =>
      tried(question, async (clients) =>
        counted('post', resumePosted(clients, standing, { pauseMs: pauseMs.post, logger })),
      ),
    mayStream: (team) => !unavailable.has(`${team}:im`),
  }
}
