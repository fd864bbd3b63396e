import type { Logger } from '../../lib/logger.ts'
import { createPromiseCache } from '../../lib/promise-cache.ts'
import { callSlack } from './clients.ts'
import type { Person } from './payloads.ts'
import type { ClientsOf } from './workspaces.ts'

/** A person's profile in a workspace. */
export type Profile = {
  /** Null without one, or when the app may not read it. */
  email: string | null
  /** The offset from UTC. */
  offsetMs: number
  isBot: boolean
}

export type Profiles = {
  /** Rejects when Slack can't answer. */
  find(person: Person): Promise<Profile>
  /** Whether two accounts belong to one person, judged by e-mail. Rejects when Slack can't answer. */
  isSame(one: Person, other: Person): Promise<boolean>
}

/** Addresses and time zones rarely change, and a form shouldn't wait for them each time. */
const KNOWN_FOR_MS = 10 * 60 * 1_000
const MAX_KNOWN = 5_000

/** Looks up what a click doesn't say about a person. Profiles are cached briefly in memory and never stored. */
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

/** `Anna+Test@Example.org` and `anna@example.org` are one person's mailbox. */
function mailboxOf(email: string): string {
  return email
    .trim()
    .toLowerCase()
    .replace(/\+[^@]*(?=@)/, '')
}
