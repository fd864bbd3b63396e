import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { WORDS } from '../blocks/words.ts'
import { threadOf } from '../posting/post.ts'
import type { Sessions } from './agent-session.ts'
import type { ExistingMessage, LiveMessage, Reader } from './live-message.ts'
import type { LiveMessages } from './live-messages.ts'
import type { Timeouts } from './timeouts.ts'
import type { TypingStatuses } from './typing-status.ts'

/** What a person sees while their answer is made. Nothing here is waited for before the answer is there. */
export type Progress = {
  /** More of the answer's text has come. */
  write(delta: string): void
  /** The answer is ready. Resolves with the message that it takes the place of; null when it is the first. */
  finish(): Promise<LiveMessage | null>
  /** The answer stands, or there is none: takes away what said that we are at work. */
  leave(): Promise<void>
}

export type ProgressFactory = {
  open(
    question: QuestionRow,
    given: { reader: Reader; before: ExistingMessage | null; onStopped: () => void },
  ): Progress
}

export function createProgress(deps: {
  patience: Timeouts
  statuses: TypingStatuses
  sessions: Sessions
  live: LiveMessages
}): ProgressFactory {
  const { patience, live, sessions } = deps
  return {
    open(question, { reader, before, onStopped }) {
      const { team, channel } = question
      const place = { team, channel, threadTs: threadOf(question) }
      const status = deps.statuses.of(place)
      let text = ''
      let isHeld = true
      let isOver = false
      let isFinished = false
      let session: Promise<void> | null = null
      let opening: Promise<LiveMessage | null> | null = before && live.adopt(question, before)
      let shown: LiveMessage | null = null

      const opened = (coming: Promise<LiveMessage | null>) => {
        status.messageComes()
        session ??= sessions.begin(place)
        opening = coming.then((message) => {
          shown = message
          message?.stopped.addEventListener('abort', onStopped)
          if (message && text && !isOver) message.show(text)
          return message
        })
      }
      if (opening) opening = opening.then((message) => (shown = message))
      const grow = () => {
        if (isHeld || isOver || text === '') return
        if (shown) shown.show(text)
        // A slash command has no thread to grow in: its answer comes at once, or after a word that it takes long.
        else if (!opening && place.threadTs) opened(live.open(question, reader, text))
      }
      const comfort = async () => {
        if (isOver || shown || (opening && text !== '')) return
        session ??= sessions.begin(place)
        const wasSaid = !opening && (await status.say(WORDS.stillThinking))
        if (!wasSaid && !isOver && !opening) opened(live.notice(question, WORDS.stillWaiting))
      }
      const begin = () => {
        if (before) shown?.say(WORDS.tryingAgain)
        // Set after the first words it would hide them.
        else if (!opening) void status.say(WORDS.thinking)
      }
      const timers = [
        setTimeout(begin, patience.statusAfterMs),
        setTimeout(() => {
          isHeld = false
          grow()
        }, patience.holdMs),
        setTimeout(() => void comfort(), patience.sayAfterMs),
      ]
      const stop = () => {
        isOver = true
        for (const timer of timers) clearTimeout(timer)
      }
      return {
        write(delta) {
          text += delta
          grow()
        },
        async finish() {
          stop()
          isFinished = true
          const message = await opening
          if (!message) status.messageComes()
          return message
        },
        async leave() {
          stop()
          // Nothing took its place here; whoever does it finds it at rest.
          const resting = isFinished ? null : opening?.then((message) => message?.close())
          await Promise.all([status.clear(), resting, session?.then(() => sessions.end(place))])
        },
      }
    },
  }
}
