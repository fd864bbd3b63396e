import { signal } from '@preact/signals'
import { messagesIn, type Room } from './room.ts'
import { readStored, writeStored } from './stored.ts'

const KEY = 'sandbox:read'

/** The newest message seen, by person and channel. */
const marks = signal<Readonly<Record<string, string>>>(readMarks())

function readMarks(): Record<string, string> {
  try {
    const stored: unknown = JSON.parse(readStored(KEY) ?? '{}')
    return typeof stored === 'object' && stored !== null ? { ...(stored as Record<string, string>) } : {}
  } catch {
    return {}
  }
}

const keyOf = (viewer: string, channel: string): string => `${viewer}:${channel}`

export const readMarkOf = (viewer: string, channel: string): string => marks.peek()[keyOf(viewer, channel)] ?? ''

export function markRead(room: Room, channel: string): void {
  const newest = messagesIn(room, channel).at(-1)?.ts
  if (newest === undefined || newest <= readMarkOf(room.viewerId, channel)) return
  marks.value = { ...marks.value, [keyOf(room.viewerId, channel)]: newest }
  writeStored(KEY, JSON.stringify(marks.value))
}

export function unreadIn(room: Room, channel: string): number {
  const mark = marks.value[keyOf(room.viewerId, channel)] ?? ''
  return messagesIn(room, channel).filter(({ ts, userId }) => ts > mark && userId !== room.viewerId).length
}
