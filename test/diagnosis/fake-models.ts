import { once } from 'node:events'
import type { ChatModels, ModelRequest } from '../../src/diagnosis/model/chat-stream.ts'
import { ModelFaultError } from '../../src/diagnosis/model/errors.ts'

/** What a model does with one request. */
export type Move = (request: ModelRequest, signal: AbortSignal) => AsyncIterable<string>

export const says = (...deltas: string[]): Move =>
  async function* say(_, signal) {
    signal.throwIfAborted()
    yield* deltas
  }

export const fails = (code: ModelFaultError['code'], ...before: string[]): Move =>
  async function* fail() {
    yield* before
    throw new ModelFaultError(code, 'as the test wants it')
  }

/** Says what it has to say and then nothing more, until it is called off. */
export const hangs = (...before: string[]): Move =>
  async function* hang(_, signal) {
    yield* before
    if (!signal.aborted) await once(signal, 'abort')
    throw signal.reason
  }

/** Models that do one move after the other, the last one again and again; and what they were asked. */
export function fakeModels(moves: Readonly<Record<string, readonly Move[]>>): ChatModels & { asked: ModelRequest[] } {
  const asked: ModelRequest[] = []
  return {
    asked,
    stream(request, signal) {
      const planned = moves[request.model]
      if (!planned) throw new Error(`nobody expected ${request.model}`)
      const before = asked.filter(({ model }) => model === request.model).length
      asked.push(request)
      const move = planned[Math.min(before, planned.length - 1)]
      if (!move) throw new Error(`${request.model} was to be left alone`)
      return move(request, signal)
    },
    list: async () => Object.keys(moves),
  }
}
