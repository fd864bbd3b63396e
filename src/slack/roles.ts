import type { Logger } from '../lib/logger.ts'
import { callSlack, type SlackClients } from './clients.ts'
import type { Person } from './reading.ts'

/** What a person may do, looked up anew for every click and form. */
export type Rights = { mayOperate: boolean; mayReview: boolean; isAdmin: boolean; isExternal: boolean }

export type RoleSettings = { operators: readonly string[]; reviewers: readonly string[]; admins: readonly string[] }
export type Roles = { of(person: Person): Promise<Rights> }

/** Long enough to spare Slack a call for every click, short enough that a removal counts soon. */
const KNOWN_FOR_MS = 60_000

/**
 * Reads roles from the settings (people and user groups) and the person's standing from Slack. It fails closed: who
 * cannot be looked up is a stranger.
 */
export function createRoles(
  settings: RoleSettings,
  clients: SlackClients,
  home: () => string,
  logger: Logger,
  now: () => number,
): Roles {
  const remember = <T>(load: (key: string) => Promise<T>) => {
    const known = new Map<string, { value: Promise<T>; until: number }>()
    return (key: string): Promise<T> => {
      const found = known.get(key)
      if (found && found.until > now()) return found.value
      const value = load(key)
      known.set(key, { value, until: now() + KNOWN_FOR_MS })
      value.catch(() => known.delete(key))
      return value
    }
  }
  const members = remember(async (group) => {
    const { users } = await callSlack(() => clients.interactive.usergroups.users.list({ usergroup: group }))
    return new Set(users ?? [])
  })
  const isGuest = remember(async (id) => {
    const { user } = await callSlack(() => clients.interactive.users.info({ user: id }))
    return !user || Boolean(user.is_restricted || user.is_ultra_restricted || user.is_stranger || user.deleted)
  })
  const isAmong = async (ids: readonly string[], user: string) => {
    if (ids.includes(user)) return true
    for (const group of ids) if (group.startsWith('S') && (await members(group)).has(user)) return true
    return false
  }
  return {
    async of({ user, team }) {
      try {
        const isExternal = team !== home() || (await isGuest(user))
        if (isExternal) return { mayOperate: false, mayReview: false, isAdmin: false, isExternal }
        const [mayOperate, mayReview, isAdmin] = await Promise.all(
          [settings.operators, settings.reviewers, settings.admins].map((ids) => isAmong(ids, user)),
        )
        return { mayOperate: mayOperate === true, mayReview: mayReview === true, isAdmin: isAdmin === true, isExternal }
      } catch (error) {
        logger.warn({ err: error, user }, 'a person could not be looked up, so they count as a stranger')
        return { mayOperate: false, mayReview: false, isAdmin: false, isExternal: true }
      }
    },
  }
}
