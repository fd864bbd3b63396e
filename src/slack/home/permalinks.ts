import type { Keyv } from 'keyv'
import { z } from 'zod'
import type { Logger } from '../../lib/logger.ts'
import { createUnavailable } from '../platform/platform-errors.ts'
import type { ClientsOf } from '../platform/workspaces.ts'

/** A permalink never changes, so each is looked up once and kept. */
export const PERMALINK_MS = 30 * 24 * 60 * 60 * 1_000
/** A list without links is better than a long wait. */
const WAIT_MS = 1_000

/** If one workspace's Slack has no permalinks, none has. */
const ANYWHERE = ''

const Address = z.url({ protocol: /^https?$/ })

export type Permalinks = {
  /** The permalink of one of our messages; null when Slack doesn't answer in time. */
  of(team: string, at: { channel: string; ts: string }): Promise<string | null>
}

/** Costs a Slack call per permalink, so it's for the few that are shown. */
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
