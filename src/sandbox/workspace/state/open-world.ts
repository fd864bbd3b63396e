import { EVENT_SCOPES } from '../announcing.ts'
import type { AppLink } from '../delivery/app-link.ts'
import { createCompose } from '../escaping.ts'
import { createInstallation } from '../installation.ts'
import { createNews } from '../news.ts'
import type { Timing, WorkspaceOptions } from '../options.ts'
import { createResponseUrls } from '../people/response-urls.ts'
import { pageView } from '../people/shown-views.ts'
import { createTriggers } from '../people/triggers.ts'
import { createViews } from '../people/views.ts'
import { modalsOf } from '../snapshot.ts'
import { createFileStore } from './files.ts'
import { createMessageStore } from './messages.ts'
import { grow } from './posting.ts'
import { seedFor, TEAM } from './seed.ts'
import { createSaver, loadState, type SavedState, type Saver } from './state-file.ts'
import { createStatuses } from './statuses.ts'
import { createStreams } from './streams.ts'
import { createTimestamps } from './timestamps.ts'
import type { World } from './world.ts'

/** Everything the workspace can grant: what the covered methods and events ask for. */
const SCOPES: readonly string[] = [
  ...new Set(Object.values(EVENT_SCOPES).filter((scope) => scope !== null)),
  'chat:write',
  'channels:read',
  'im:read',
  'im:write',
  'users:read',
  'users:read.email',
  'usergroups:read',
  'reactions:write',
  'assistant:write',
  'commands',
  'files:read',
  'files:write',
]

type Surroundings = { app: AppLink; url: () => string; host: () => string; timing: Timing; log: (line: string) => void }

/** The people, channels and messages, as an earlier run left them or as they are at first; and what saves them. */
export async function openWorld(
  options: WorkspaceOptions,
  { app, url, host, timing, log }: Surroundings,
): Promise<{ world: World; saver: Saver }> {
  const saved = options.stateFile ? await loadState(options.stateFile, log) : null
  const saver = createSaver(options.stateFile ?? null, () => savedState(), timing.saveDelayMs, log)
  const team = options.team ?? TEAM
  const seed = seedFor(team)
  const people = new Map([...seed.people, ...(saved?.people ?? [])].map((one) => [one.id, one]))
  const channels = new Map([...seed.channels, ...(saved?.channels ?? [])].map((one) => [one.id, one]))
  // A stream cannot outlive the process it was opened in.
  const before = (saved?.messages ?? []).map((message) => ({ ...message, isStreaming: false }))
  const messages = createMessageStore(before, saver.touch)
  const folder = options.stateFile ? `${options.stateFile}.files` : null
  const files = createFileStore(saved?.files ?? [], folder, saver.touch)
  const savedState = (): SavedState => ({
    version: 1,
    people: [...people.values()],
    channels: [...channels.values()],
    messages: [...messages.all()],
    files: [...files.all()],
  })

  const news = createNews()
  let scopes: ReadonlySet<string> = new Set(options.scopes ?? SCOPES)
  const last = before.reduce<string | null>((latest, { ts }) => (latest === null || ts > latest ? ts : latest), null)
  const world: World = {
    team,
    installation: createInstallation(team, options.isInstalled ?? true),
    url,
    host,
    people,
    channels,
    messages,
    files,
    ephemerals: new Map(),
    timestamps: createTimestamps(last),
    news,
    app,
    statuses: createStatuses(timing.statusLifetimeMs, (status) =>
      news.tellEach(channels.get(status.channel)?.memberIds ?? [], () => ({ type: 'status', status })),
    ),
    streams: createStreams(timing.streamLifetimeMs, (channel, ts) => {
      const message = messages.find(channel, ts)
      if (message) grow(world, message, { isStreaming: false })
    }),
    triggers: createTriggers(timing.triggerLifetimeMs),
    views: createViews((userId, what) => {
      const home = world.views.home(userId)
      if (what === 'modals') news.tell(userId, modalsOf(world, userId))
      else if (home) news.tell(userId, { type: 'home', home: pageView(home) })
    }),
    responseUrls: createResponseUrls(url),
    compose: createCompose(people.values(), channels.values()),
    get scopes() {
      return scopes
    },
    grantScopes(granted) {
      scopes = new Set(granted)
    },
    events: new Set(options.events ?? Object.keys(EVENT_SCOPES)),
    log,
  }
  return { world, saver }
}
