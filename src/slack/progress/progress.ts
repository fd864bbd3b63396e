import type { QuestionRow } from '../../diagnosis/questions/question-records.ts'
import { threadOf } from '../posting/post.ts'
import type { Sessions } from './agent-session.ts'
import type { ExistingMessage, LiveMessage, Reader } from './live-message.ts'
import type { LiveMessages } from './live-messages.ts'
import type { Timeouts } from './timeouts.ts'
import type { TypingStatuses } from './typing-status.ts'
import { WORDS } from './words.ts'

/** What a person sees while their answer is being made. None of it delays the answer. */
export type Progress = {
  /** Adds to the answer's text. */
  write(delta: string): void
  /** The answer is ready. Resolves with the message it replaces; null when it's the first. */
  finish(): Promise<LiveMessage | null>
  /** The answer is posted, or there is none: removes the signs of work. */
  dispose(): Promise<void>
}

export type ProgressFactory = {
  open(
    question: QuestionRow,
    given: { reader: Reader; before: ExistingMessage | null; onStopped: () => void },
  ): Progress
}

type State =
  /** Most answers are complete within a moment, so their text is held back at first. */
  | 'held'
  /** Only a status below the thread says that we're at work. */
  | 'status'
  /** One of our messages grows with the text. */
  | 'growing'
  | 'finished'
type ProgressEvent = 'hold_over' | 'message_opened' | 'finish'

const NEXT: Readonly<Record<State, Readonly<Partial<Record<ProgressEvent, State>>>>> = {
  held: { hold_over: 'status', finish: 'finished' },
  status: { message_opened: 'growing', finish: 'finished' },
  growing: { finish: 'finished' },
  finished: {},
}

export function createProgress(deps: {
  timeouts: Timeouts
  statuses: TypingStatuses
  sessions: Sessions
  live: LiveMessages
}): ProgressFactory {
  const { timeouts, live, sessions } = deps
  return {
    open(question, { reader, before, onStopped }) {
      const { team, channel } = question
      const place = { team, channel, threadTs: threadOf(question) }
      const status = deps.statuses.of(place)
      let state: State = 'held'
      let text = ''
      let session: Promise<void> | null = null
      let message: Promise<LiveMessage | null> | null = null
      let shown: LiveMessage | null = null

      const advance = (event: ProgressEvent) => {
        state = NEXT[state][event] ?? state
      }
      const showText = () => {
        if (state === 'growing') shown?.show(text)
        // A slash command has no thread to grow in: its answer comes at once, or after a notice that it takes long.
        else if (state === 'status' && place.threadTs && text !== '') openMessage(live.open(question, reader, text))
      }
      const openMessage = (opening: Promise<LiveMessage | null>) => {
        status.beforeMessage()
        session ??= sessions.begin(place)
        message = opening.then((opened) => {
          shown = opened
          opened?.stopped.addEventListener('abort', onStopped)
          if (text !== '') showText()
          return opened
        })
        advance('message_opened')
      }
      const resume = (existing: ExistingMessage) => {
        message = live.resume(question, existing).then((resumed) => (shown = resumed))
      }
      const showStatus = () => {
        if (before) shown?.say(WORDS.tryingAgain)
        // Set after the first words, it would hide them.
        else if (!message) void status.say(WORDS.thinking)
      }
      const endHold = () => {
        advance('hold_over')
        if (message) advance('message_opened')
        if (text !== '') showText()
      }
      const notifyStillWorking = async () => {
        if (state === 'finished' || shown || (message && text !== '')) return
        session ??= sessions.begin(place)
        const wasSaid = !message && (await status.say(WORDS.stillThinking))
        if (!wasSaid && !message && !isFinished()) openMessage(live.notice(question, WORDS.stillWaiting))
      }
      const isFinished = () => state === 'finished'
      const timers = [
        setTimeout(showStatus, timeouts.statusAfterMs),
        setTimeout(endHold, timeouts.holdMs),
        setTimeout(() => void notifyStillWorking(), timeouts.sayAfterMs),
      ]
      const stop = () => {
        advance('finish')
        for (const timer of timers) clearTimeout(timer)
      }
      if (before) resume(before)
      return {
        write(delta) {
          text += delta
          showText()
        },
        async finish() {
          stop()
          const last = await message
          if (!last) status.beforeMessage()
          return last
        },
        async dispose() {
          // Whoever replaces it later finds it at rest.
          const resting = isFinished() ? null : message?.then((last) => last?.close())
          stop()
          await Promise.all([status.clear(), resting, session?.then(() => sessions.end(place))])
        },
      }
    },
  }
}
