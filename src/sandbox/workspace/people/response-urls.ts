import { randomBytes } from 'node:crypto'
import { LIMITS } from '../limits.ts'

/** What a `response_url` answers into: the channel, the person, and the message that was acted on, if any. */
export type ResponseTarget = { channel: string; userId: string; ts: string | null; threadTs: string | null }

export type ResponseUrls = {
  issue(target: ResponseTarget): string
  use(id: string): ResponseTarget | 'used_url' | 'expired_url'
}

/** Five uses within half an hour, as Slack allows. */
export function createResponseUrls(base: () => string, now: () => number = Date.now): ResponseUrls {
  const issued = new Map<string, ResponseTarget & { at: number; uses: number }>()
  return {
    issue(target) {
      const at = now()
      for (const [id, old] of issued) {
        if (old.at + LIMITS.responseUrl.lifetimeMs > at) break
        issued.delete(id)
      }
      const id = randomBytes(18).toString('base64url')
      issued.set(id, { ...target, at, uses: 0 })
      return `${base()}/respond/${id}`
    },
    use(id) {
      const found = issued.get(id)
      if (!found || found.at + LIMITS.responseUrl.lifetimeMs < now()) return 'expired_url'
      found.uses += 1
      return found.uses > LIMITS.responseUrl.uses ? 'used_url' : found
    },
  }
}
