import type { Logger } from '../../lib/logger.ts'
import { createPromiseCache } from '../../lib/promise-cache.ts'
import { callSlack } from './clients.ts'
import type { Person } from './payloads.ts'
import type { ClientsOf } from './workspaces.ts'

/** What a workspace tells of one of its people. */
export type Profile = {
  /** Null where they have none, or the app may not read it. */
  email: string | null
  /** How far their clock is ahead of UTC. */
  offsetMs: number
  isBot: boolean
}

export type Profiles = {
  /** Rejects when Slack cannot tell. */
  find(person: Person): Promise<Profile>
  /** Whether two accounts belong to one person, by their e-mail. Rejects when Slack cannot tell. */
  isSame(one: Person, other: Person): Promise<boolean>
}

/** Addresses and time zones change rarely; a form must not wait for them each time. */
const KNOWN_FOR_MS = 10 * 60 * 1_000
const MAX_KNOWN = 5_000

/** Looks up what clicks do not say of a person. Nothing of it is kept beyond a short while, and none of it in a table. */
export function createProfiles(deps: { clientsOf: ClientsOf; logger: Logger; now: () => number }): Profiles {
  const { clientsOf, logger, now } = deps
  const known = createPromiseCache<Profile>({ ttlMs: KNOWN_FOR_MS, maxEntries: MAX_KNOWN, now })
  let hasMissedEmails = false

  const load = async ({ user: id, team }: Person): Promise<Profile> => {
    const { interactive } = await clientsOf(team)
    const { user } = await callSlack(() => interactive.users.info({ user: id }), { isRepeatable: true })
    const email = user?.profile?.email ?? null
    return { email, offsetMs: (user?.tz_offset ?? 0) * 1_000, isBot: user?.is_bot === true }
  }
  const find: Profiles['find'] = (person) => known.get(`${person.team}:${person.user}`, () => load(person))
  return {
    find,
    async isSame(one, other) {
      if (one.user === other.user) return true
      const [first, second] = await Promise.all([find(one), find(other)])
      if (first.email !== null && second.email !== null) return mailboxOf(first.email) === mailboxOf(second.email)
      if (!hasMissedEmails) {
        hasMissedEmails = true
        logger.warn(
          'people have no e-mail here, so that two accounts of one person are not known; is the scope users:read.email granted?',
        )
      }
      return false
    },
  }
}

/** `Anna+Test@Example.org` and `anna@example.org` are read by one person. */
function mailboxOf(email: string): string {
  return email
    .trim()
    .toLowerCase()
    .replace(/\+[^@]*(?=@)/, '')
}
