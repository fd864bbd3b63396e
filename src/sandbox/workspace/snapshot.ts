import type { SandboxEvent, Snapshot } from '../page/contract.ts'
import type { WorkspaceOptions } from './options.ts'
import { pageChannel, pageMessage, pagePerson } from './page-shapes.ts'
import { pageView } from './people/shown-views.ts'
import { APP } from './state/seed.ts'
import type { World } from './state/world.ts'

/** A page shows the newest; older ones stay in the workspace. */
const SHOWN_PER_CHANNEL = 500

const channelsOf = (world: World, userId: string) =>
  [...world.channels.values()].filter((channel) => channel.memberIds.includes(userId))

export const modalsOf = (world: World, userId: string): SandboxEvent => ({
  type: 'modals',
  modals: world.views.stack(userId).map(pageView),
})

/** Everything one person sees, for a page that opens. */
export function snapshot(
  world: World,
  viewerId: string,
  isConnected: boolean,
  { commands, shortcuts, devices, codes = [], about = () => [] }: WorkspaceOptions,
): Snapshot {
  const channels = channelsOf(world, viewerId)
  const channelIds = new Set(channels.map((channel) => channel.id))
  const own = [...world.ephemerals.values()].filter((one) => one.viewerId === viewerId).map((one) => one.message)
  const messages = channels
    .flatMap((channel) => world.messages.inChannel(channel.id).slice(-SHOWN_PER_CHANNEL))
    .concat(own.filter((message) => channelIds.has(message.channel)))
    .toSorted((a, b) => (a.ts < b.ts ? -1 : 1))
  const home = world.views.home(viewerId)
  return {
    workspace: {
      name: world.team.name,
      teamId: world.team.id,
      botUserId: world.team.botUserId,
      appName: APP.name,
      appConnected: isConnected,
    },
    viewerId,
    people: [...world.people.values()].map(pagePerson),
    channels: channels.map(pageChannel),
    messages: messages.map((message) => pageMessage(world, message, viewerId)),
    modals: world.views.stack(viewerId).map(pageView),
    home: home ? pageView(home) : null,
    statuses: world.statuses.list().filter((status) => channelIds.has(status.channel)),
    commands,
    shortcuts,
    devices: devices?.list() ?? [],
    codes,
    about: about(),
  }
}
