import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answers, Order } from './stage-orders.ts'

export type Stage = AsyncDisposable & {
  tell<Name extends Order['name']>(order: Extract<Order, { name: Name }>): Promise<Answers[Name]>
}

type Reply = { id: number; answer?: unknown; error?: string }

/** Starts the stand-ins in a process of their own; disposing ends it and all that it holds. */
export async function startStage(signal: AbortSignal): Promise<Stage> {
  const child = fork(new URL('./stage.ts', import.meta.url), { serialization: 'json' })
  const exit = once(child, 'exit')
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  child.on('message', (reply: Reply | 'ready') => {
    if (reply === 'ready') return
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.error) asked?.reject(new Error(`the stand-ins failed: ${reply.error}`))
    else asked?.resolve(reply.answer)
  })
  const ended = exit.then(([code]) => {
    throw new Error(`the stand-ins ended with ${String(code)}`)
  })
  ended.catch((error: unknown) => {
    for (const { reject } of waiting.values()) reject(error)
  })
  const stop = async () => {
    if (child.connected) child.disconnect()
    await exit
  }
  try {
    await Promise.race([once(child, 'message', { signal }), ended])
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async tell<Name extends Order['name']>(order: Extract<Order, { name: Name }>) {
      const asked = Promise.withResolvers<unknown>()
      last += 1
      waiting.set(last, asked)
      child.send({ id: last, order })
      return (await asked.promise) as Answers[Name]
    },
    [Symbol.asyncDispose]: stop,
  }
}
