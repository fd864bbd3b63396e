import { effect } from '@preact/signals'
import { place } from './place.ts'
import { unreadIn } from './read-marks.ts'
import { channelTitle, displayName } from './room.ts'
import { currentChannel, person, room } from './store.ts'

/** Tells tabs apart: what is unread, where one is, and as whom. */
export const followTitle = (): (() => void) =>
  effect(() => {
    const now = room.value
    if (!now) return
    const channel = currentChannel.value
    const unread = now.channels.reduce((sum, { id }) => sum + unreadIn(now, id), 0)
    const here = place.value.page === 'home' ? 'App Home' : channel ? channelTitle(now, channel) : now.workspace.name
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${here} · ${displayName(person(now.viewerId))}`
  })
