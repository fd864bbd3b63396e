import type { ThreadStatus } from '../../page/contract.ts'

/** What the app says it is doing, thread by thread. */
export type Statuses = {
  set(status: ThreadStatus): void
  clear(channel: string, threadTs: string): void
  list(): readonly ThreadStatus[]
  close(): void
}

/** A status ends with the app's next message, with an empty one, or by itself after `lifetimeMs`. */
export function createStatuses(lifetimeMs: number, changed: (status: ThreadStatus) => void): Statuses {
  const shown = new Map<string, { status: ThreadStatus; timer: NodeJS.Timeout }>()
  const keyOf = ({ channel, threadTs }: Pick<ThreadStatus, 'channel' | 'threadTs'>) => `${channel}:${threadTs}`
  const clear = (channel: string, threadTs: string) => {
    const found = shown.get(keyOf({ channel, threadTs }))
    if (!found) return
    clearTimeout(found.timer)
    shown.delete(keyOf({ channel, threadTs }))
    changed({ channel, threadTs, status: '', loadingMessages: [] })
  }
  return {
    clear,
    set(status) {
      if (status.status === '') return clear(status.channel, status.threadTs)
      clearTimeout(shown.get(keyOf(status))?.timer)
      const timer = setTimeout(() => clear(status.channel, status.threadTs), lifetimeMs)
      shown.set(keyOf(status), { status, timer })
      changed(status)
    },
    list: () => [...shown.values()].map(({ status }) => status),
    close() {
      for (const { timer } of shown.values()) clearTimeout(timer)
    },
  }
}
