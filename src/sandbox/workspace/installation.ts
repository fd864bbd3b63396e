import { randomBytes } from 'node:crypto'
import type { Team } from './state/seed.ts'

/** Whether the app is installed in a workspace, and the one token that is good there. */
export type Installation = {
  isInstalled(): boolean
  /** What Slack answers to this bot token; null when it is good. */
  faultOf(token: string): 'invalid_auth' | 'token_revoked' | null
  /** The token of an installation; a new one after the app was taken out. */
  install(): string
  remove(): void
}

export function createInstallation({ id, botToken }: Team, isInstalled: boolean): Installation {
  let token: string | null = isInstalled ? botToken : null
  const revoked = new Set<string>()
  return {
    isInstalled: () => token !== null,
    faultOf(given) {
      if (given === token) return null
      return revoked.has(given) ? 'token_revoked' : 'invalid_auth'
    },
    install() {
      token ??= `xoxb-${id}-${randomBytes(12).toString('hex')}`
      return token
    },
    remove() {
      if (token) revoked.add(token)
      token = null
    },
  }
}
