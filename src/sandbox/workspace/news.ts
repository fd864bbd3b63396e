import type { SandboxEvent } from '../page/contract.ts'

type Listener = (event: SandboxEvent) => void

/** Who is looking, and what they are told. */
export type News = {
  /** To one person. */
  tell(userId: string, event: SandboxEvent): void
  /** To each of these people, the event made for them; null tells that person nothing. */
  tellEach(userIds: Iterable<string>, event: (userId: string) => SandboxEvent | null): void
  tellAll(event: SandboxEvent): void
  subscribe(userId: string, listener: Listener): () => void
}

export function createNews(): News {
  const viewers = new Map<string, Set<Listener>>()
  const tell = (userId: string, event: SandboxEvent) => {
    for (const listener of viewers.get(userId) ?? []) listener(event)
  }
  return {
    tell,
    tellEach(userIds, event) {
      for (const userId of userIds) {
        if (!viewers.get(userId)?.size) continue
        const made = event(userId)
        if (made) tell(userId, made)
      }
    },
    tellAll(event) {
      for (const userId of viewers.keys()) tell(userId, event)
    },
    subscribe(userId, listener) {
      const listeners = viewers.get(userId) ?? new Set()
      viewers.set(userId, listeners.add(listener))
      return () => listeners.delete(listener)
    },
  }
}
