import type { WebClient } from '@slack/web-api'
import type { Logger } from '../../lib/logger.ts'
import { callSlack } from '../platform/clients.ts'

/** What takes less long needs no word; what takes longer says how far it is, no more often than Slack allows. */
const EVERY_MS = 3_000

export type ProgressMessage = AsyncDisposable & { show(words: string): void }

/** A message that says how far long work is, and goes when the work has ended. Work goes on where it cannot be said. */
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
