import type { WebClient } from '@slack/web-api'
import type { Logger } from '../../lib/logger.ts'
import { callSlack } from '../platform/clients.ts'

/** Shorter work needs no message; longer work reports its progress, within Slack's rate limits. */
const EVERY_MS = 3_000

export type ProgressMessage = AsyncDisposable & { show(words: string): void }

/** A progress message for long work, deleted when the work ends. Work continues if it can't be posted. */
export function openProgressMessage(
  posting: WebClient,
  { channel, logger, everyMs = EVERY_MS }: { channel: string; logger: Logger; everyMs?: number },
): ProgressMessage {
  let newest: string | null = null
  let shown: string | null = null
  let ts: string | null = null
  let last: Promise<unknown> = Promise.resolve()
  const say = async () => {
    if (newest === null || newest === shown) return
    const text = newest
    shown = text
    if (ts) await callSlack(() => posting.chat.update({ channel, ts: ts ?? '', text }))
    else ts = (await callSlack(() => posting.chat.postMessage({ channel, text }))).ts ?? null
  }
  const quietly = (work: () => Promise<unknown>) => {
    last = last
      .then(work)
      .catch((error: unknown) => logger.info({ err: error, channel }, 'progress could not be shown'))
  }
  const timer = setInterval(() => quietly(say), everyMs)
  return {
    show(words) {
      newest = words
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      quietly(async () => ts && callSlack(() => posting.chat.delete({ channel, ts: ts ?? '' })))
      await last
    },
  }
}
