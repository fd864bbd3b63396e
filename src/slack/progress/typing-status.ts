import type { Logger } from '../../lib/logger.ts'
import { createUnavailable } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { WORDS } from './words.ts'

/** The line below a thread that says what the assistant is doing for one question. */
export type TypingStatus = {
  /** Shows these words; false when that isn't possible. Never fails. */
  say(words: string): Promise<boolean>
  /** Call before sending a message: Slack then clears the status shown so far. */
  beforeMessage(): void
  /** Clears a status that no message has cleared: one that arrived late, or without an answer. */
  clear(): Promise<void>
}

export type TypingStatuses = { of(place: { team: string; channel: string; threadTs: string | null }): TypingStatus }

/** A workspace without statuses is tried once. */
export function createTypingStatuses(clientsOf: ClientsOf, logger: Logger): TypingStatuses {
  const unavailable = createUnavailable()

  return {
    of({ team, channel, threadTs }) {
      let hangs = false
      let underWay = 0
      let last: Promise<boolean> = Promise.resolve(true)

      const set = async (status: string): Promise<boolean> => {
        if (!threadTs || unavailable.has(team)) return false
        underWay += 1
        try {
          const { posting } = await clientsOf(team)
          await posting.assistant.threads.setStatus({
            channel_id: channel,
            thread_ts: threadTs,
            status,
            ...(status === WORDS.thinking ? { loading_messages: [...WORDS.loading] } : {}),
          })
          return true
        } catch (error) {
          unavailable.note(team, error)
          logger.info({ err: error, team }, 'the status below a thread could not be shown')
          return false
        } finally {
          underWay -= 1
        }
      }
      /** One after the other, so that the last call wins. */
      const next = (status: string) => {
        last = last.then(() => set(status))
        return last
      }
      return {
        say(words) {
          hangs = true
          return next(words)
        },
        beforeMessage() {
          // A call in progress may arrive after the message, and then nothing clears it.
          if (underWay === 0) hangs = false
        },
        async clear() {
          if (!hangs) return
          hangs = false
          if (await last) await next('')
        },
      }
    },
  }
}
