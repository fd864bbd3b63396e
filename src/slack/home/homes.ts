import type { HomeView } from '@slack/types'
import type { Command } from '../../commands/command.ts'
import type { InFlight } from '../../lib/background.ts'
import { createCoalescer } from '../../lib/coalesce.ts'
import { createKeyedQueue } from '../../lib/keyed-queue.ts'
import type { Logger } from '../../lib/logger.ts'
import { callSlack } from '../platform/clients.ts'
import type { Person } from '../platform/payloads.ts'
import { slackReason } from '../platform/platform-errors.ts'
import type { Roles } from '../platform/roles.ts'
import type { ClientsOf } from '../platform/workspaces.ts'
import { homeView } from './home-view.ts'
import { FIRST_PAGES, type HomePages } from './pages.ts'
import { type HomeReaderDeps, readHome } from './read-home.ts'

/** How long after the person's last visit App Home still follows changes of commands. */
const FOLLOWED_MS = 10 * 60 * 1_000
const MAX_FOLLOWED = 100

type Shown = {
  /** Defaults to the pages the person last looked at. */
  pages?: HomePages
  /** The hash of the view the person has open, if known. */
  hash?: string | undefined
  notice?: string | null
}

export type Homes = {
  /** Publishes a person's current App Home tab. */
  publish(person: Person, shown?: Shown): Promise<void>
  /** A command changed state: updates the Home of those concerned who visited it recently. */
  follow(command: Command): void
}

type Viewer = Required<Pick<Shown, 'pages'>> & {
  person: Person
  notice: string | null
  mayOperate: boolean
  until: number
}

/** Builds Home tabs from the database and publishes them whole, one at a time per person. */
export function createHomes(
  deps: HomeReaderDeps & { clientsOf: ClientsOf; roles: Roles; inFlight: InFlight; logger: Logger },
): Homes {
  const { clientsOf, roles, inFlight, logger, now } = deps
  const looking = new Map<string, Viewer>()
  const inTurn = createKeyedQueue()

  const build = async (person: Person, wanted: HomePages, notice: string | null, until: number): Promise<HomeView> => {
    const rights = await roles.of(person)
    const reader = { user: person.user, now: now() }
    if (rights.isExternal) return homeView({ reader, notice, pages: FIRST_PAGES, member: null }, deps.catalog)
    const { member, pages } = await readHome(deps, person, rights, wanted)
    const key = keyOf(person)
    looking.delete(key)
    looking.set(key, { person, pages, notice, mayOperate: rights.mayOperate, until })
    if (looking.size > MAX_FOLLOWED) looking.delete(looking.keys().next().value ?? '')
    return homeView({ reader, notice, pages, member }, deps.catalog)
  }

  const send = async (person: Person, view: HomeView, hash?: string) => {
    const { interactive } = await clientsOf(person.team)
    await callSlack(() => interactive.views.publish({ user_id: person.user, view, ...(hash ? { hash } : {}) }))
  }

  const publish: Homes['publish'] = (person, { pages, hash, notice = null } = {}) =>
    inTurn(keyOf(person), async () => {
      const wanted = pages ?? looking.get(keyOf(person))?.pages ?? FIRST_PAGES
      const buildNow = () => build(person, wanted, notice, now() + FOLLOWED_MS)
      try {
        await send(person, await buildNow(), hash)
      } catch (error) {
        if (slackReason(error) !== 'hash_conflict') throw error
        // Something newer was published meanwhile, so it's rebuilt and is then the newest.
        logger.debug({ user: person.user }, 'a Home tab was published by another one first')
        await send(person, await buildNow())
      }
    })

  const showAgain = createCoalescer((key) =>
    inTurn(key, async () => {
      const last = looking.get(key)
      if (last) await send(last.person, await build(last.person, last.pages, last.notice, last.until))
    }),
  )

  return {
    publish,
    follow(command) {
      for (const [key, { person, mayOperate, until }] of looking) {
        if (until < now()) looking.delete(key)
        else if (person.team === command.team && (mayOperate || person.user === command.requestedBy?.user))
          inFlight.track('a Home tab', () => showAgain(key))
      }
    },
  }
}

function keyOf({ user, team }: Person): string {
  return `${team}:${user}`
}
