import PQueue from 'p-queue'

export type KeyedQueue = <T>(key: string, work: () => Promise<T>, place?: number) => Promise<T>

/**
 * Runs work for one key in sequence, in order of arrival; among waiting work the lowest `place` goes first. Different
 * keys don't wait for each other, and failed work doesn't hold up the next.
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
