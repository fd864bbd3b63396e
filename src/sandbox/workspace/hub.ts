import type { Sockets } from './delivery/sockets.ts'
import type { Method } from './methods/method.ts'
import type { OAuth } from './oauth.ts'
import type { World } from './state/world.ts'

/** One workspace, as its Slack knows it. */
export type Member = {
  world: World
  /** Carries out one call of the Web API here. */
  answer: (name: string, args: Readonly<Record<string, unknown>> | null, token: string | null) => Promise<Answer>
  /** The app came within reach, or went out of it. */
  reachable(connected: boolean): void
}
export type Answer = {
  status: number
  headers: Readonly<Record<string, string>>
  body: Readonly<Record<string, unknown>> | string
}

/**
 * What the workspaces of one Slack share: one address of the Web API, the app's sockets, and the page on which the app
 * is installed. A call goes to the workspace whose token it carries.
 */
export type Hub = {
  sockets: Sockets
  oauth: OAuth
  methods: ReadonlyMap<string, Method>
  apiUrl(): string
  join(member: Member): void
  members(): readonly Member[]
  /** Whose token this is; the first one's, where no one knows it. */
  memberOf(token: string | null): Member
}

export function createHub(parts: {
  sockets: Sockets
  oauth: OAuth
  methods: ReadonlyMap<string, Method>
  members: Member[]
  apiUrl: () => string
}): Hub {
  const { members, ...shared } = parts
  return {
    ...shared,
    join: (member) => void members.push(member),
    members: () => members,
    memberOf(token) {
      const owner = members.find(({ world }) => token !== null && world.installation.faultOf(token) !== 'invalid_auth')
      const [first] = members
      if (!first) throw new Error('A Slack has at least one workspace.')
      return owner ?? first
    },
  }
}
