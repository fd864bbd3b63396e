import type { ComponentChildren, VNode } from 'preact'
import type { Channel } from '../../contract.ts'
import { hasDraft } from '../drafts.ts'
import { classes, html } from '../html.ts'
import { goTo, type Place, place } from '../place.ts'
import { unreadIn } from '../read-marks.ts'
import { channelTitle, type Room } from '../room.ts'
import { isSidebarOpen, person, room } from '../store.ts'
import { Avatar } from './avatar.ts'
import { Icon } from './icon.ts'
import { PersonMenu } from './person-menu.ts'

const placeOf = (channel: Channel): Place => ({ page: 'channel', id: channel.id, thread: null })

const ofKind = (now: Room, kind: Channel['kind']) => now.channels.filter((channel) => channel.kind === kind)

/** The places in the order in which the sidebar shows them. */
const placesIn = (now: Room): Place[] => [
  ...ofKind(now, 'channel').map(placeOf),
  ...ofKind(now, 'im').map(placeOf),
  ...ofKind(now, 'mpim').map(placeOf),
  { page: 'home' },
]

export function moveBy(step: 1 | -1): void {
  if (!room.value) return
  const all = placesIn(room.value)
  const next = all[(all.findIndex(isHere) + step + all.length) % all.length]
  if (next) goTo(next)
}

function isHere(there: Place): boolean {
  const here = place.value
  return here.page === 'channel' ? there.page === 'channel' && there.id === here.id : there.page === here.page
}

export function Sidebar(): VNode {
  const now = room.value
  return html`<nav class="sidebar column" aria-label="Conversations" id="sidebar">
    <div class="workspace row">
      <span class="workspace-mark" aria-hidden="true"><img src="/page/icon.svg" alt="" width="34" height="34" /></span>
      <span class="workspace-words lines"><span class="workspace-name bold">${now?.workspace.name ?? 'HydroCore'}</span><span class="workspace-kind text-xs">Sandbox workspace</span></span>
    </div>
    ${
      now &&
      html`<div class="sidebar-lists grow scroll">
        <h2 class="sidebar-heading">Channels</h2>
        <ul>${ofKind(now, 'channel').map((channel) => html`<${Entry} key=${channel.id} now=${now} channel=${channel}><${Icon} name="hash" size=${16} /><//>`)}</ul>
        <h2 class="sidebar-heading">Direct messages</h2>
        <ul>
          ${ofKind(now, 'im').map(
            (channel) => html`<${Entry} key=${channel.id} now=${now} channel=${channel}>
              <span class=${classes('presence', now.workspace.appConnected && 'is-online')}><${Avatar} person=${person(now.workspace.botUserId)} size=${22} /></span>
            <//>`,
          )}
          ${ofKind(now, 'mpim').map((channel) => html`<${Entry} key=${channel.id} now=${now} channel=${channel}><${Icon} name="person" size=${16} /><//>`)}
        </ul>
        <h2 class="sidebar-heading">Apps</h2>
        <ul>
          <${Entry} now=${now} channel=${null}><${Icon} name="home" size=${16} /><//>
        </ul>
      </div>
      <${PersonMenu} now=${now} />`
    }
  </nav>`
}

type EntryProps = { now: Room; channel: Channel | null; children: ComponentChildren }

function Entry({ now, channel, children }: EntryProps): VNode {
  const there: Place = channel ? placeOf(channel) : { page: 'home' }
  const isCurrent = isHere(there)
  const unread = channel && !isCurrent ? unreadIn(now, channel.id) : 0
  const isDrafted = channel !== null && !isCurrent && hasDraft(now.viewerId, channel.id)
  const name = channel ? channelTitle(now, channel) : 'App Home'
  const onClick = () => {
    isSidebarOpen.value = false
    goTo(there)
  }
  return html`<li>
    <button type="button" class=${classes('sidebar-entry frame-button row', unread > 0 && 'is-unread')} aria-current=${isCurrent ? 'page' : null}
      aria-label=${[name, isDrafted && 'draft', unread > 0 && `unread: ${unread}`].filter(Boolean).join(', ')} onClick=${onClick}>
      <span class="sidebar-glyph center" aria-hidden="true">${children}</span><span class="clip grow">${name}</span>
      ${isDrafted && html`<span class="sidebar-draft" title="Draft"><${Icon} name="pencil" size=${14} /></span>`}
      ${unread > 0 && html`<span class="count">${unread}</span>`}
    </button>
  </li>`
}
