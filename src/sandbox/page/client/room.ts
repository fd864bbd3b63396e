import type { Channel, Message, Person, SandboxEvent, Snapshot, ThreadStatus } from '../contract.ts'

/** All that the page knows of the workspace, as one viewer sees it. */
export type Room = Omit<Snapshot, 'messages'> & {
  /** By channel, oldest first. */
  messages: ReadonlyMap<string, readonly Message[]>
}

export function roomOf(snapshot: Snapshot): Room {
  const messages = new Map<string, Message[]>()
  for (const message of snapshot.messages) {
    const list = messages.get(message.channel)
    if (list) list.push(message)
    else messages.set(message.channel, [message])
  }
  for (const list of messages.values()) list.sort(byTs)
  return { ...snapshot, messages }
}

/** One event's effect. Applying an event twice, or one the snapshot already holds, changes nothing. */
export function applyEvent(room: Room, event: SandboxEvent): Room {
  switch (event.type) {
    case 'message':
      return withMessage(room, event.message)
    case 'message_deleted':
      return withChannel(room, event.channel, (list) => list.filter(({ ts }) => ts !== event.ts))
    case 'modals':
      return { ...room, modals: event.modals }
    case 'home':
      return { ...room, home: event.home }
    case 'status':
      return { ...room, statuses: withStatus(room.statuses, event.status) }
    case 'channels':
      return { ...room, channels: event.channels }
    case 'device': {
      const known = room.devices.some(({ id }) => id === event.device.id)
      const devices = room.devices.map((device) => (device.id === event.device.id ? event.device : device))
      return { ...room, devices: known ? devices : [...devices, event.device] }
    }
    case 'app':
      return { ...room, workspace: { ...room.workspace, appConnected: event.connected } }
    case 'notice':
      return room
    default:
      return event satisfies never
  }
}

const byTs = (a: Message, b: Message): number => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0)

function withChannel(room: Room, channel: string, change: (list: readonly Message[]) => readonly Message[]): Room {
  const messages = new Map(room.messages)
  messages.set(channel, change(messages.get(channel) ?? []))
  return { ...room, messages }
}

function withMessage(room: Room, message: Message): Room {
  const list = room.messages.get(message.channel) ?? []
  const at = list.findIndex(({ ts }) => ts === message.ts)
  if (at >= 0) return withChannel(room, message.channel, () => list.with(at, message))
  const after = withChannel(room, message.channel, () => [...list, message].sort(byTs))
  if (message.userId !== room.workspace.botUserId) return after
  const answered = (status: ThreadStatus) =>
    status.channel === message.channel && status.threadTs === (message.threadTs ?? message.ts)
  return { ...after, statuses: room.statuses.filter((status) => !answered(status)) }
}

function withStatus(statuses: readonly ThreadStatus[], status: ThreadStatus): readonly ThreadStatus[] {
  const others = statuses.filter((each) => each.channel !== status.channel || each.threadTs !== status.threadTs)
  return status.status === '' ? others : [...others, status]
}

export const isReply = (message: Message): boolean => message.threadTs !== null && message.threadTs !== message.ts

export const messagesIn = (room: Room, channel: string): readonly Message[] => room.messages.get(channel) ?? []

export const rootsIn = (room: Room, channel: string): readonly Message[] =>
  messagesIn(room, channel).filter((message) => !isReply(message))

/** What stands in a channel itself: its messages, and replies that were also sent there. */
export const flowOf = (room: Room, { id, kind }: Channel): readonly Message[] =>
  kind === 'im' ? rootsIn(room, id) : messagesIn(room, id).filter((message) => !isReply(message) || message.isBroadcast)

export const repliesTo = (room: Room, channel: string, rootTs: string): readonly Message[] =>
  messagesIn(room, channel).filter((message) => isReply(message) && message.threadTs === rootTs)

export const messageAt = (room: Room, channel: string, ts: string): Message | null =>
  messagesIn(room, channel).find((message) => message.ts === ts) ?? null

export const statusOf = (room: Room, channel: string, threadTs: string): ThreadStatus | null =>
  room.statuses.find((status) => status.channel === channel && status.threadTs === threadTs) ?? null

/** The person, or a stand-in for someone the workspace does not list. */
export function personAmong(people: readonly Person[], workspace: Room['workspace'] | null, id: string): Person {
  const known = people.find((person) => person.id === id)
  if (known) return known
  const isApp = id === workspace?.botUserId
  const name = isApp ? workspace.appName : id === 'USLACKBOT' ? 'Slackbot' : id
  return { id, name, realName: name, title: '', kind: isApp ? 'bot' : 'member', color: isApp ? '#0b6e8f' : '#5b6b73' }
}

export const displayName = (person: Person): string => person.realName || person.name || person.id

export const channelIn = (room: Room, id: string): Channel | null =>
  room.channels.find((each) => each.id === id) ?? null

/** A direct message is called after the one at its other end, a group message after all others. */
export function channelTitle(room: Room, { kind, name, memberIds }: Channel): string {
  if (kind === 'channel') return name
  if (kind === 'im') return room.workspace.appName
  const others = memberIds.filter((id) => id !== room.viewerId)
  return others.map((id) => displayName(personAmong(room.people, room.workspace, id))).join(', ')
}

/** The same with the mark that channels have. */
export const calledIn = (room: Room, channel: Channel): string =>
  channel.kind === 'channel' ? `#${channel.name}` : channelTitle(room, channel)
