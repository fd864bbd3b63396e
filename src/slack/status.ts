import type { Logger } from '../lib/logger.ts'
import type { SlackClients } from './clients.ts'
import { isNotOffered } from './platform-errors.ts'
import { WORDS } from './words.ts'

export type Status = {
  /** Takes the status away when it came too late to be taken away by the answer itself. */
  clear(): Promise<void>
}

export type Statuses = {
  /** Shows that we are at it, as long as `work` runs. Runs beside it and never fails. */
  show(place: { channel: string; threadTs: string | null }, work: Promise<unknown>): Status
}

/** A status is worth a call to Slack only when the answer takes a while. */
const STATUS_AFTER_MS = 300
/** From here on a person wonders whether anything happens. */
const LONG_WAIT_MS = 8_000

/** The line below a thread that says what the assistant does. A workspace without it is asked once. */
export function createStatuses(clients: SlackClients, logger: Logger): Statuses {
  let isOffered = true
  const set = async (channel: string, threadTs: string, status: string) => {
    if (!isOffered) return
    await clients.posting.assistant.threads
      .setStatus({
        channel_id: channel,
        thread_ts: threadTs,
        status,
        ...(status === WORDS.thinking ? { loading_messages: [...WORDS.loading] } : {}),
      })
      .catch((error: unknown) => {
        if (isNotOffered(error)) isOffered = false
        logger.info({ err: error }, 'the status below a thread could not be shown')
      })
  }
  return {
    show({ channel, threadTs }, work) {
      if (!threadTs) return { clear: async () => undefined }
      let shown = Promise.resolve()
      let wasShown = false
      const say = (status: string) => {
        wasShown = true
        shown = shown.then(() => set(channel, threadTs, status))
      }
      const timers = [
        setTimeout(() => say(WORDS.thinking), STATUS_AFTER_MS),
        setTimeout(() => say(WORDS.stillThinking), LONG_WAIT_MS),
      ]
      const stop = () => {
        for (const timer of timers) clearTimeout(timer)
      }
      work.then(stop, stop)
      return {
        async clear() {
          stop()
          if (!wasShown) return
          await shown
          await set(channel, threadTs, '')
        },
      }
    },
  }
}
