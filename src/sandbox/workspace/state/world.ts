import type { AppLink } from '../delivery/app-link.ts'
import type { Compose } from '../escaping.ts'
import type { Installation } from '../installation.ts'
import type { News } from '../news.ts'
import type { ResponseUrls } from '../people/response-urls.ts'
import type { Triggers } from '../people/triggers.ts'
import type { Views } from '../people/views.ts'
import { PlatformError } from '../platform-error.ts'
import type { FileStore } from './files.ts'
import type { MessageStore, StoredMessage } from './messages.ts'
import { directMessageId, type StoredChannel, type StoredPerson, type Team } from './seed.ts'
import type { Statuses } from './statuses.ts'
import type { Streams } from './streams.ts'
import type { Timestamps } from './timestamps.ts'

/** What everything in the workspace shares. */
export type World = {
  team: Team
  url(): string
  /** The address of the Slack it belongs to: another workspace's, where several share one. */
  host(): string
  people: ReadonlyMap<string, StoredPerson>
  channels: ReadonlyMap<string, StoredChannel>
  messages: MessageStore
  files: FileStore
  /** Messages only one person sees; they are not kept over a restart. */
  ephemerals: Map<string, { viewerId: string; message: StoredMessage }>
  timestamps: Timestamps
  news: News
  app: AppLink
  statuses: Statuses
  streams: Streams
  triggers: Triggers
  views: Views
  responseUrls: ResponseUrls
  /** What a person typed, as Slack stores it. */
  compose: Compose
  /** Whether the app is installed here, and with which token. */
  installation: Installation
  /** Granted scopes and subscribed events. */
  readonly scopes: ReadonlySet<string>
  grantScopes(scopes: readonly string[]): void
  events: ReadonlySet<string>
  log(line: string): void
}

export const person = (world: World, id: string): StoredPerson => {
  const found = world.people.get(id)
  if (!found) throw new PlatformError('user_not_found')
  return found
}

/** A channel by its id; posting methods also take `#name`, `name` and a person's id. */
export function channelFor(world: World, reference: string, { byName = false } = {}): StoredChannel {
  const name = reference.replace(/^#/, '')
  const found =
    world.channels.get(reference) ??
    (byName
      ? (world.channels.get(world.people.has(reference) ? directMessageId(reference) : '') ??
        [...world.channels.values()].find((channel) => channel.kind === 'channel' && channel.name === name))
      : undefined)
  if (!found) throw new PlatformError('channel_not_found')
  return found
}

/** The channel, if the app may write in it. */
export function channelToWriteIn(world: World, reference: string, options?: { byName?: boolean }): StoredChannel {
  const channel = channelOfApp(world, reference, options)
  if (channel.posting === 'archived') throw new PlatformError('is_archived')
  if (channel.posting === 'admins') throw new PlatformError('restricted_action_read_only_channel')
  return channel
}

/** The channel, if the app may act in it. */
export function channelOfApp(world: World, reference: string, options?: { byName?: boolean }): StoredChannel {
  const channel = channelFor(world, reference, options)
  if (!channel.memberIds.includes(world.team.botUserId)) throw new PlatformError('not_in_channel')
  return channel
}
