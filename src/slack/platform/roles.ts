import type { Logger } from '../../lib/logger.ts'
import { createPromiseCache } from '../../lib/promise-cache.ts'
import { callSlack, type SlackClients } from './clients.ts'
import type { Person } from './payloads.ts'
import { slackReason } from './platform-errors.ts'
import type { Workspaces } from './workspaces.ts'

/** A person's rights, looked up for each click and form. */
export type Rights = { mayOperate: boolean; mayReview: boolean; isAdmin: boolean; isExternal: boolean }

export type RoleSettings = { operators: readonly string[]; reviewers: readonly string[]; admins: readonly string[] }
export type Roles = {
  of(person: Person): Promise<Rights>
  /** Whether the person may send commands, as far as that's known without asking Slack; null when it isn't. */
  peekOperator(person: Person): boolean | null
  /** The people who may send commands in this workspace, for notices; those who can't be looked up are left out. */
  operators(team: string): Promise<readonly string[]>
  /** The same for administrators. */
  admins(team: string): Promise<readonly string[]>
}

/** Long enough to spare Slack a call per click, short enough for a removal to take effect soon. */
const KNOWN_FOR_MS = 60_000
/** A workspace may have tens of thousands of people; the oldest entries are evicted. */
const MAX_KNOWN = 5_000

const STRANGER: Rights = { mayOperate: false, mayReview: false, isAdmin: false, isExternal: true }

/**
 * Reads roles from the settings (people and user groups), and a person's standing from Slack in the workspace they act
 * in. Fails closed: somebody who can't be looked up is a stranger.
 */
export function createRoles(settings: RoleSettings, workspaces: Workspaces, logger: Logger, now: () => number): Roles {
  const limits = { ttlMs: KNOWN_FOR_MS, maxEntries: MAX_KNOWN, now }
  const groups = createPromiseCache<ReadonlySet<string>>(limits)
  const outsiders = createPromiseCache<boolean>(limits)
  const known = new Map<string, ReadonlySet<string>>()
  const members = async (team: string, group: string, clients: SlackClients) => {
    const key = `${team}:${group}`
    const found = await groups.get(key, () => membersOf(clients, group))
    known.set(key, found)
    return found
  }

  async function isAmong(ids: readonly string[], { user, team }: Person, clients: SlackClients): Promise<boolean> {
    if (ids.includes(user)) return true
    for (const group of ids) {
      if (isGroup(group) && (await members(team, group, clients)).has(user)) return true
    }
    return false
  }

  const of: Roles['of'] = async (person) => {
    const { user, team } = person
    try {
      const workspace = await workspaces.find({ team, organisation: null })
      if (workspace?.team !== team) return STRANGER
      const { clients } = workspace
      if (await outsiders.get(`${team}:${user}`, () => isOutsider(clients, person))) return STRANGER
      const [mayOperate = false, mayReview = false, isAdmin = false] = await Promise.all(
        [settings.operators, settings.reviewers, settings.admins].map((ids) => isAmong(ids, person, clients)),
      )
      return { mayOperate, mayReview, isAdmin, isExternal: false }
    } catch (error) {
      logger.warn({ err: error, user, team }, 'a person could not be looked up, so they count as a stranger')
      return STRANGER
    }
  }

  async function named(ids: readonly string[], team: string, right: 'mayOperate' | 'isAdmin') {
    const workspace = await workspaces.find({ team, organisation: null })
    if (workspace?.team !== team) return []
    const found = await Promise.all(
      ids.map(async (id) => (isGroup(id) ? [...(await members(team, id, workspace.clients))] : [id])),
    )
    const people = [...new Set(found.flat())]
    const rights = await Promise.all(people.map((user) => of({ user, team })))
    return people.filter((_, i) => rights[i]?.[right])
  }

  return {
    of,
    peekOperator({ user, team }) {
      if (settings.operators.includes(user)) return true
      const sets = settings.operators.filter(isGroup).map((group) => known.get(`${team}:${group}`))
      if (sets.some((members) => members?.has(user))) return true
      return sets.includes(undefined) ? null : false
    },
    operators: (team) => named(settings.operators, team, 'mayOperate'),
    admins: (team) => named(settings.admins, team, 'isAdmin'),
  }
}

const isGroup = (id: string): boolean => id.startsWith('S')

/** A group of another workspace has no members in this one. */
async function membersOf({ interactive }: SlackClients, group: string): Promise<ReadonlySet<string>> {
  try {
    const { users } = await callSlack(() => interactive.usergroups.users.list({ usergroup: group }))
    return new Set(users ?? [])
  } catch (error) {
    if (slackReason(error) === 'no_such_subteam') return new Set()
    throw error
  }
}

/**
 * Guests, deactivated accounts and people of other companies. In a shared channel Slack doesn't mark those as
 * strangers; only their own workspace tells. In an Enterprise organisation a person belongs to several workspaces.
 */
async function isOutsider({ interactive }: SlackClients, { user: id, team }: Person): Promise<boolean> {
  const { user } = await callSlack(() => interactive.users.info({ user: id }))
  if (!user || user.is_restricted || user.is_ultra_restricted || user.is_stranger || user.deleted) return true
  const homes = [user.team_id ?? team, ...(user.enterprise_user?.teams ?? [])]
  return !homes.includes(team)
}
