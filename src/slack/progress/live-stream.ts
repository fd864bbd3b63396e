import { setTimeout as wait } from 'node:timers/promises'
import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import type { Logger } from '../../lib/logger.ts'
import { callSlack, type SlackClients } from '../platform/clients.ts'
import { retryAfterMs, retryabilityOf, slackReason } from '../platform/platform-errors.ts'
import { findByText } from '../posting/find-posted.ts'
import type { PendingMessage } from '../posting/pending-message.ts'
import { threadOf } from '../posting/post.ts'
import type { LiveMessage, Reader } from './live-message.ts'
import { createStreamText } from './live-text.ts'
import { createThrottledUpdates } from './throttled-updates.ts'

/** An answer waits no longer than this for its stream to stop; it's then posted separately. */
const STOP_WITHIN_MS = 2_500
const MAX_STOPS = 3

export type StreamDeps = {
  question: QuestionRow
  reader: Reader
  text: string
  note: (found: PendingMessage) => Promise<void>
  pauseMs: () => number
  logger: Logger
}

/** Streams in the question's thread. Rejects when the workspace refuses. */
export async function openStream(clients: SlackClients, deps: StreamDeps): Promise<LiveMessage> {
  const { question, pauseMs, logger } = deps
  const { posting } = clients
  const { channel } = question
  const words = createStreamText()
  const ts = await start(clients, deps, words.next(deps.text) ?? '')
  const stopped = new AbortController()
  let mayGrow = true

  const growing = createThrottledUpdates({
    pauseMs,
    async show(text) {
      const more = mayGrow ? words.next(text) : ''
      if (more === null) mayGrow = false
      if (!more) return 0
      try {
        await posting.chat.appendStream({ channel, ts, markdown_text: more })
        return 0
      } catch (error) {
        if (slackReason(error) === 'stopped_by_user') stopped.abort()
        // A rejected part can't be inserted later; the final message is complete.
        mayGrow = false
        logger.info({ err: error, ts }, 'a stream could not go on')
        return 0
      }
    },
  })
  let closing: Promise<boolean> | null = null
  return {
    channel,
    ts,
    isRich: true,
    stopped: stopped.signal,
    show: growing.show,
    say: () => undefined,
    close: () => {
      closing ??= growing.stop().then(() => stopStream(clients, { channel, ts }))
      return closing
    },
    async remove() {
      await growing.stop()
      await removeStream(clients, { channel, ts })
    },
  }
}

async function start(clients: SlackClients, { question, reader, note }: StreamDeps, words: string) {
  const { channel, channel_type } = question
  await note({ isStream: true, channel, ts: null })
  const ts = await clients.posting.chat
    .startStream({
      channel,
      thread_ts: threadOf(question) ?? question.ts,
      markdown_text: words,
      // Outside direct messages Slack requires a recipient.
      ...(channel_type === 'im' ? {} : { recipient_user_id: reader.user, recipient_team_id: reader.team }),
    })
    .then(
      (started) => started.ts ?? '',
      async (error: unknown) => {
        // It may be running all the same, and nothing would ever stop it.
        const found = retryabilityOf(error) === 'unknown' ? await findByText(clients, question, words) : null
        if (found) return found.ts
        throw error
      },
    )
  await note({ isStream: true, channel, ts })
  return ts
}

/** False when it keeps running; then nothing can replace it. */
export async function stopStream({ posting }: SlackClients, at: { channel: string; ts: string }): Promise<boolean> {
  const deadline = performance.now() + STOP_WITHIN_MS
  for (let attempt = 1; ; attempt += 1) {
    try {
      await posting.chat.stopStream(at)
      return true
    } catch (error) {
      // Already ended: after five minutes, by the reader, or by a stop whose response was lost.
      if (retryabilityOf(error) === 'rejected') return slackReason(error) !== 'message_not_found'
      const waitMs = retryAfterMs(error) ?? 0
      if (attempt === MAX_STOPS || performance.now() + waitMs > deadline) return false
      await wait(waitMs)
    }
  }
}

/** Deletes a stream; where Slack doesn't delete a running one, stops it first. */
export async function removeStream({ posting }: SlackClients, at: { channel: string; ts: string }): Promise<void> {
  const remove = () => callSlack(() => posting.chat.delete(at), { isRepeatable: true })
  try {
    await remove()
  } catch (error) {
    if (slackReason(error) === 'message_not_found') return
    await callSlack(() => posting.chat.stopStream(at), { isRepeatable: true })
    await remove()
  }
}
