import { randomBytes, randomInt } from 'node:crypto'
import { PlatformError } from '../platform-error.ts'

/** A person's interaction that lets the app open something in front of them, once and soon. */
type Trigger = { userId: string; viewId: string | null }
export type Triggers = {
  issue(trigger: Trigger): string
  /** Uses it up, or refuses as Slack does. */
  exchange(id: string): Trigger
}

/** Used and expired ones are remembered this long, to be told apart from invented ones. */
const REMEMBERED_MS = 60_000

export function createTriggers(lifetimeMs: number, now: () => number = Date.now): Triggers {
  const issued = new Map<string, Trigger & { at: number; isUsed: boolean }>()
  return {
    issue(trigger) {
      const at = now()
      for (const [id, old] of issued) {
        if (old.at + REMEMBERED_MS > at) break
        issued.delete(id)
      }
      const id = `${at}.${randomInt(1e11, 1e12)}.${randomBytes(16).toString('hex')}`
      issued.set(id, { ...trigger, at, isUsed: false })
      return id
    },
    exchange(id) {
      const found = issued.get(id)
      if (!found) throw new PlatformError('invalid_trigger_id')
      if (found.isUsed) throw new PlatformError('exchanged_trigger_id')
      if (found.at + lifetimeMs < now()) throw new PlatformError('expired_trigger_id')
      found.isUsed = true
      return { userId: found.userId, viewId: found.viewId }
    },
  }
}
