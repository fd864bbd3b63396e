import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import type { Logger } from '../../lib/logger.ts'
import type { SlackClients } from '../platform/clients.ts'
import type { Posted } from '../platform/message.ts'
import { retryAfterMs, retryabilityOf } from '../platform/platform-errors.ts'
import { findPosted } from '../posting/find-posted.ts'
import type { MessageMetadata } from '../posting/message-metadata.ts'
import { send } from '../posting/post.ts'
import type { LiveMessage } from './live-message.ts'
import { removeStream, stopStream } from './live-stream.ts'
import { postedText } from './live-text.ts'
import { createThrottledUpdates } from './throttled-updates.ts'

type Shown = { pauseMs: () => number; logger: Logger }

/** Posts a message and updates it as the text grows. `isNotice`: it starts with our own words. */
export async function openPosted(
  clients: SlackClients,
  { question, text, isNotice, ...shown }: Shown & { question: QuestionRow; text: string; isNotice: boolean },
): Promise<LiveMessage> {
  const mark: MessageMetadata = { kind: 'unfinished', questionId: question.id, answerId: null }
  const message = { text: isNotice ? text : postedText(text), blocks: [] }
  const at = await send(clients, question, message, mark).catch(async (error: unknown) => {
    const standing = retryabilityOf(error) === 'unknown' ? await findPosted(clients, question, null) : null
    const found = standing?.find(({ kind }) => kind === 'unfinished')
    if (found) return found
    throw error
  })
  return changing(clients, at, shown, { isStream: false, firstMs: shown.pauseMs() })
}

/** Continues an existing message: an apology whose question is retried, or the remains of a dead instance. */
export function resumePosted(
  clients: SlackClients,
  { isStream, ...at }: Posted & { isStream: boolean },
  shown: Shown,
): LiveMessage {
  return changing(clients, at, shown, { isStream, firstMs: 0 })
}

function changing(
  clients: SlackClients,
  { channel, ts }: Posted,
  { pauseMs, logger }: Shown,
  { isStream, firstMs }: { isStream: boolean; firstMs: number },
): LiveMessage {
  const { posting } = clients
  let notice: string | null = null
  const growing = createThrottledUpdates({
    pauseMs,
    firstMs,
    async show(text) {
      try {
        await posting.chat.update({ channel, ts, text: text === notice ? text : postedText(text), blocks: [] })
        return 0
      } catch (error) {
        logger.info({ err: error, ts }, 'an unfinished answer could not be updated')
        return retryAfterMs(error) ?? 0
      }
    },
  })
  let closing: Promise<boolean> | null = null
  const end = () => growing.stop().then(() => (isStream ? stopStream(clients, { channel, ts }) : true))
  return {
    channel,
    ts,
    isRich: isStream,
    stopped: new AbortController().signal,
    // A stream of another instance is only ended, never appended to.
    show: isStream ? () => undefined : growing.show,
    say(words) {
      notice = words
      if (!isStream) growing.show(words)
    },
    close: () => {
      closing ??= end()
      return closing
    },
    async remove() {
      await growing.stop()
      await removeStream(clients, { channel, ts })
    },
  }
}
