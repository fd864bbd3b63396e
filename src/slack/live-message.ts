import type { ChatStartStreamArguments } from '@slack/web-api'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Logger } from '../lib/logger.ts'
import { callSlack, type SlackClients } from './clients.ts'
import { cut, escapeMarkdown, escapeMrkdwn } from './escaping.ts'
import { LIMITS } from './limits.ts'
import { isNotOffered, slackReason } from './platform-errors.ts'

/** Where a live message stands, and for whom. */
export type LivePlace = { team: string; channel: string; threadTs: string; userId: string; isDirect: boolean }

/** A message whose text grows while the model writes. */
export type LiveMessage = {
  readonly ts: string
  /** Shows the text so far. Never fails: what cannot be shown now is shown by the final message. */
  grow(text: string): Promise<void>
  /** Ends the growing; the final message may now take its place. */
  close(): Promise<void>
  /** Aborted when the person pressed Slack's own stop button. */
  readonly stopped: AbortSignal
}

export type LiveMessages = { open(place: LivePlace, text: string): Promise<LiveMessage> }

/**
 * Starting and stopping a stream are Tier 2, some 20 a minute for the whole workspace; each answer needs both, and
 * other instances of ours stream too.
 */
const STREAMS_A_MINUTE = 8
/** A streamed message is refused somewhere above 11,000 bytes; the final message replaces it, so the rest can wait. */
const MOST_LIVE_BYTES = 9_000
/** `chat.update` is Tier 3, some 50 a minute. */
const UPDATE_EVERY_MS = 1_500

/** Streams where the workspace can, else posts once and updates that message. */
export function createLiveMessages(clients: SlackClients, logger: Logger): LiveMessages {
  const budget = new RateLimiterMemory({ points: STREAMS_A_MINUTE, duration: 60 })
  let isOffered = true

  return {
    async open(place, text) {
      const mayStream = isOffered && (await takeOne(budget, place.team))
      if (!mayStream) return openPosted(clients, place, text, logger)
      try {
        return await openStream(clients, place, text, logger)
      } catch (error) {
        if (isNotOffered(error)) isOffered = false
        logger.warn({ err: error, team: place.team }, 'no streaming here, so the message is updated instead')
        return openPosted(clients, place, text, logger)
      }
    },
  }
}

async function takeOne(budget: RateLimiterMemory, team: string): Promise<boolean> {
  return budget.consume(team).then(
    () => true,
    () => false,
  )
}

async function openStream(clients: SlackClients, place: LivePlace, text: string, logger: Logger): Promise<LiveMessage> {
  const { channel, threadTs } = place
  const stopped = new AbortController()
  const first = liveMarkdown(text)
  const start: ChatStartStreamArguments = {
    channel,
    thread_ts: threadTs,
    markdown_text: first,
    // Outside direct messages Slack asks whom the live text is for.
    ...(place.isDirect ? {} : { recipient_user_id: place.userId, recipient_team_id: place.team }),
  }
  const { ts = '' } = await clients.posting.chat.startStream(start)
  let shown = first
  let isOpen = true
  return {
    ts,
    stopped: stopped.signal,
    async grow(full) {
      const whole = liveMarkdown(full)
      if (!isOpen || whole.length <= shown.length || !whole.startsWith(shown)) return
      const more = whole.slice(shown.length)
      try {
        await clients.posting.chat.appendStream({ channel, ts, markdown_text: more })
        shown = whole
      } catch (error) {
        // A rate limit passes; a stream that ended (five minutes, too long, stopped) does not.
        const reason = slackReason(error)
        if (reason === 'stopped_by_user') stopped.abort()
        if (reason) isOpen = false
        logger.info({ err: error, ts }, 'a stream could not go on')
      }
    },
    async close() {
      isOpen = false
      await callSlack(() => clients.posting.chat.stopStream({ channel, ts })).catch((error: unknown) =>
        logger.info({ err: error, ts }, 'a stream had ended before it was stopped'),
      )
    },
  }
}

async function openPosted(clients: SlackClients, place: LivePlace, text: string, logger: Logger): Promise<LiveMessage> {
  const { channel, threadTs } = place
  const { ts = '' } = await callSlack(() =>
    clients.posting.chat.postMessage({
      channel,
      thread_ts: threadTs,
      text: liveText(text),
      unfurl_links: false,
      unfurl_media: false,
    }),
  )
  let updatedAt = performance.now()
  return {
    ts,
    stopped: new AbortController().signal,
    async grow(full) {
      if (performance.now() - updatedAt < UPDATE_EVERY_MS) return
      updatedAt = performance.now()
      await clients.posting.chat.update({ channel, ts, text: liveText(full) }).catch((error: unknown) => {
        logger.info({ err: error, ts }, 'an unfinished answer could not be updated')
      })
    },
    close: async () => undefined,
  }
}

/** The model's words while they come: defused, and below what one streamed message holds. */
function liveMarkdown(text: string): string {
  return escapeMarkdown(
    Buffer.from(text)
      .subarray(0, MOST_LIVE_BYTES)
      .toString()
      .replace(/\ufffd+$/, ''),
  )
}

function liveText(text: string): string {
  return `${cut(escapeMrkdwn(text), LIMITS.messageText - 2)} …`
}
