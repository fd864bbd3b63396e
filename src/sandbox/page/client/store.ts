import { batch, computed, signal } from '@preact/signals'
import type { Channel, Person, SandboxEvent, Snapshot } from '../contract.ts'
import { fetchSnapshot, UnknownViewerError } from './api.ts'
import { followRoom, type Live } from './live.ts'
import { tell } from './notices.ts'
import { goTo, place, putViewerInAddress, viewerInAddress } from './place.ts'
import { markRead, readMarkOf } from './read-marks.ts'
import { applyEvent, channelIn, personAmong, type Room, roomOf } from './room.ts'

/** The workspace as the viewer sees it; null until the first state has arrived. */
export const room = signal<Room | null>(null)
export const connection = signal<'opening' | 'open' | 'lost'>('opening')
/** The drawer at the right that is not a thread. */
export const drawer = signal<'devices' | 'about' | null>(null)
/** The viewer's own message that is being changed, and where: a root stands in the log and in its thread. */
export const editing = signal<{ channel: string; ts: string; isInThread: boolean } | null>(null)
export const isSwitcherOpen = signal(false)
/** On a phone, whether the sidebar covers the conversation. */
export const isSidebarOpen = signal(false)

export const currentChannel = computed<Channel | null>(() => {
  const here = place.value
  return here.page === 'channel' ? (room.value?.channels.find(({ id }) => id === here.id) ?? null) : null
})

/** Parts of the room that seldom change: whoever reads these is not drawn anew with every word that streams in. */
export const isEntered = computed(() => room.value !== null)
export const viewerId = computed(() => room.value?.viewerId ?? '')
export const workspace = computed(() => room.value?.workspace ?? null)
export const people = computed(() => room.value?.people ?? [])
export const channels = computed(() => room.value?.channels ?? [])
export const shortcuts = computed(() => room.value?.shortcuts ?? [])

export const person = (id: string): Person => personAmong(people.value, workspace.value, id)

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
    const snapshot = await fetchSnapshot(viewer, AbortSignal.timeout(10_000))
    actAs(snapshot.viewerId)
    show(snapshot)
  } catch (error) {
    if (error instanceof UnknownViewerError && viewer !== first) {
      putViewerInAddress(first)
      return enter()
    }
    connection.value = 'lost'
    setTimeout(enter, RETRY_MS)
  }
}
