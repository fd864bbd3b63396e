import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Logger } from '../../lib/logger.ts'
import { createUnavailable } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'

/** A message's address never changes: asked for once, it is remembered. */
export const PERMALINK_MS = 30 * 24 * 60 * 60 * 1_000
/** A list without its links is better than one that is waited for. */
const WAIT_MS = 1_000

/** A Slack without addresses has none in any workspace. */
const ANYWHERE = ''

const Address = z.url({ protocol: /^https?$/ })

export type Permalinks = {
  /** Where a message of ours can be read; null when Slack does not say in time. */
  of(team: string, at: { channel: string; ts: string }): Promise<string | null>
}

/** Slack is asked for each address, so only for the few that are shown. */
export function createPermalinks({
  clientsOf,
  kept,
  logger,
}: {
  clientsOf: ClientsOf
  kept: Keyv<unknown>
  logger: Logger
}): Permalinks {
  const unavailable = createUnavailable()
  const ask = async (team: string, { channel, ts }: { channel: string; ts: string }): Promise<string | null> => {
    const key = `${team}:${channel}:${ts}`
    const known = Address.safeParse(await kept.get(key))
    if (known.success) return known.data
    if (unavailable.has(ANYWHERE)) return null
    const { interactive } = await clientsOf(team)
    const { permalink } = await interactive.chat.getPermalink({ channel, message_ts: ts })
    const read = Address.safeParse(permalink)
    if (!read.success) return null
    await kept.set(key, read.data)
    return read.data
  }
  return {
    async of(team, at) {
      const { promise: late, resolve } = Promise.withResolvers<null>()
      const timer = setTimeout(() => resolve(null), WAIT_MS)
      const asked = ask(team, at).catch((error: unknown) => {
        unavailable.note(ANYWHERE, error)
        logger.info({ err: error, ...at }, 'Slack told no address of a message')
        return null
      })
      return Promise.race([asked, late]).finally(() => clearTimeout(timer))
    },
  }
}
