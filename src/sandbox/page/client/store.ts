import { batch, computed, signal } from '@preact/signals'
import type { Channel, Person, SandboxEvent, Snapshot } from '../contract.ts'
import { fetchSnapshot, UnknownViewerError } from './api.ts'
import { followRoom, type Live } from './live.ts'
import { tell } from './notices.ts'
import { goTo, place, putViewerInAddress, viewerInAddress } from './place.ts'
import { markRead, readMarkOf } from './read-marks.ts'
import { applyEvent, channelIn, personIn, type Room, roomOf } from './room.ts'

/** The workspace as the viewer sees it; null until the first state has arrived. */
export const room = signal<Room | null>(null)
export const connection = signal<'opening' | 'open' | 'lost'>('opening')
/** The drawer at the right that is not a thread. */
export const drawer = signal<'devices' | 'about' | null>(null)
/** The viewer's own message that is being changed. */
export const editing = signal<{ channel: string; ts: string } | null>(null)
export const isSwitcherOpen = signal(false)
/** On a phone, whether the sidebar covers the conversation. */
export const isSidebarOpen = signal(false)

export const currentChannel = computed<Channel | null>(() => {
  const here = place.value
  return room.value && here.page === 'channel' ? channelIn(room.value, here.id) : null
})

export const person = (id: string): Person =>
  room.value ? personIn(room.value, id) : { id, name: id, realName: id, title: '', kind: 'member', color: '#5b6b73' }

let live: Live | null = null

function show(snapshot: Snapshot): void {
  batch(() => {
    const next = roomOf(snapshot)
    const isNew = room.peek()?.viewerId !== next.viewerId
    room.value = next
    putViewerInAddress(next.viewerId)
    // What was there before a person's first visit is not news to them.
    if (isNew) for (const { id } of next.channels) if (readMarkOf(next.viewerId, id) === '') markRead(next, id)
    const here = place.peek()
    const isElsewhere = here.page === 'channel' && !channelIn(next, here.id)
    if (here.page === 'start' || isElsewhere) {
      const first = next.channels.find(({ kind }) => kind === 'im') ?? next.channels[0]
      if (first) goTo({ page: 'channel', id: first.id, thread: null })
    }
  })
}

function receive(event: SandboxEvent): void {
  if (event.type === 'notice') tell(event.text)
  else if (room.value) room.value = applyEvent(room.value, event)
}

/** Becomes another person: their messages, their modals, their drafts. */
export function actAs(viewer: string): void {
  live?.close()
  batch(() => {
    if (room.peek()?.viewerId !== viewer) room.value = null
    connection.value = 'opening'
  })
  live = followRoom(viewer, {
    onSnapshot: show,
    onEvent: receive,
    onConnection: (open) => {
      connection.value = open ? 'open' : 'lost'
    },
  })
}

export const retryNow = (): void => live?.retryNow()

const RETRY_MS = 1_000

/** Enters as the person in the address, or as the one the document names when the sandbox does not know them. */
export async function enter(): Promise<void> {
  const first = document.documentElement.dataset.viewer ?? ''
  const viewer = viewerInAddress() ?? first
  try {
    actAs((await fetchSnapshot(viewer, AbortSignal.timeout(10_000))).viewerId)
  } catch (error) {
    if (error instanceof UnknownViewerError && viewer !== first) return actAs(first)
    connection.value = 'lost'
    setTimeout(enter, RETRY_MS)
  }
}
