import PQueue from 'p-queue'

export type KeyedQueue = <T>(key: string, work: () => Promise<T>, place?: number) => Promise<T>

/**
 * Runs work for one key one after the other, in the order it came in; of what waits, the lowest `place` is first.
 * Different keys do not wait for each other, and work that fails does not hold up the next.
 */
export function createKeyedQueue(): KeyedQueue {
  const queues = new Map<string, PQueue>()
  const open = (key: string) => {
    const queue = new PQueue({ concurrency: 1 })
    queue.addEventListener('idle', () => queues.delete(key), { once: true })
    queues.set(key, queue)
    return queue
  }
  return (key, work, place = 0) => (queues.get(key) ?? open(key)).add(work, { priority: -place })
}
