import { EventSource } from 'undici'
import type { Message, Outcome, SandboxEvent } from '../../../src/sandbox/page/contract.ts'
import type { Question } from './questions.ts'
import type { Place } from './stage-orders.ts'

export type Asked = {
  ts: string
  /** Milliseconds since the epoch. */
  at: number
  /** From the moment the question is posted to the moment its answer is seen; null when no right one came in time. */
  ms: number | null
}

export type Asker = Disposable & {
  ask(question: Question): Promise<Asked>
  /** Posts what nobody answers, and waits until it is seen: what the measuring itself takes. */
  echo(text: string): Promise<number>
}

const ANSWER_WITHIN_MS = 10_000

/** A technician at the page, as it is from outside: messages go in by HTTP, and what is posted comes by its stream. */
export async function openAsker(place: Place): Promise<Asker> {
  /** By the thread (for answers) or the message itself (for echoes). */
  const waiting = new Map<string, (message: Message, at: number) => void>()
  /** What was seen before the request that caused it returned. */
  const early = new Map<string, { message: Message; at: number }[]>()
  const events = new EventSource(`${place.url}/sandbox/events?user=${place.technician}`)

  const seen = (key: string, message: Message, at: number) => {
    const waits = waiting.get(key)
    if (waits) waits(message, at)
    else early.set(key, [...(early.get(key) ?? []), { message, at }])
  }
  await new Promise<void>((resolve, reject) => {
    events.onmessage = ({ data }: { data: string }) => {
      const at = performance.now()
      const event = JSON.parse(data) as SandboxEvent
      resolve()
      if (event.type !== 'message') return
      const { message } = event
      if (message.userId === place.bot && message.threadTs) seen(message.threadTs, message, at)
      else if (message.channel === place.elsewhere) seen(message.ts, message, at)
    }
    events.onerror = () => reject(new Error(`the stream of ${place.url} broke`))
  })

  async function post(channel: string, text: string): Promise<string> {
    const response = await fetch(`${place.url}/sandbox/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: place.technician, channel, text }),
    })
    const outcome = (await response.json()) as Outcome
    if (!outcome.ok || !outcome.ts) throw new Error(`the workspace took no message: ${JSON.stringify(outcome)}`)
    return outcome.ts
  }

  /** Resolves with the time at which something right was seen under this key. */
  const when = (key: string, isRight: (message: Message) => boolean) =>
    new Promise<number | null>((resolve) => {
      const timer = setTimeout(() => settle(null), ANSWER_WITHIN_MS)
      const settle = (at: number | null) => {
        clearTimeout(timer)
        waiting.delete(key)
        resolve(at)
      }
      waiting.set(key, (message, at) => {
        if (isRight(message)) settle(at)
      })
      for (const { message, at } of early.get(key) ?? []) waiting.get(key)?.(message, at)
      early.delete(key)
    })

  return {
    async ask({ text, problem }) {
      const at = Date.now()
      const started = performance.now()
      const ts = await post(place.direct, text)
      const seenAt = await when(ts, (message) => isAnswer(message, problem))
      return { ts, at, ms: seenAt === null ? null : seenAt - started }
    },
    async echo(text) {
      const started = performance.now()
      const ts = await post(place.elsewhere, text)
      return ((await when(ts, () => true)) ?? Number.NaN) - started
    },
    [Symbol.dispose]() {
      events.close()
    },
  }
}

/** The final one: no placeholder, no stream that still runs. */
function isAnswer({ text, markdown, blocks, isStreaming }: Message, problem: string): boolean {
  return !isStreaming && (text.includes(problem) || markdown?.includes(problem) === true || hasWords(blocks, problem))
}

const hasWords = (blocks: Message['blocks'], words: string) =>
  blocks.length > 0 && JSON.stringify(blocks).includes(words)
