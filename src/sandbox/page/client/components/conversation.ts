import { Fragment, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Channel, Message } from '../../contract.ts'
import { openTab } from '../acting.ts'
import { html } from '../html.ts'
import { openThread } from '../place.ts'
import { markRead, readMarkOf } from '../read-marks.ts'
import { channelTitle, displayName, messagesIn, type Room, repliesTo, rootsIn, statusOf } from '../room.ts'
import { currentChannel, person, room } from '../store.ts'
import { dateOfTs, dayKey, dayLabel } from '../text/dates.ts'
import { Avatar, KindBadge } from './avatar.ts'
import { Composer } from './composer.ts'
import { DirectThread } from './direct-thread.ts'
import { Examples } from './examples.ts'
import { Icon } from './icon.ts'
import { MessageRow } from './message.ts'
import { MessageList } from './message-list.ts'
import { ReplyBar } from './reply-bar.ts'
import { StatusLine } from './status-line.ts'

/** The open channel or direct message. */
export function Conversation(): VNode | null {
  const now = room.value
  const channel = currentChannel.value
  if (!now || !channel) return null
  return html`<${OpenConversation} key=${`${now.viewerId}/${channel.id}`} now=${now} channel=${channel} />`
}

function OpenConversation({ now, channel }: { now: Room; channel: Channel }): VNode {
  const isDirect = channel.kind === 'im'
  const title = channelTitle(now, channel)
  const all = messagesIn(now, channel.id)
  const newest = all.at(-1)?.ts ?? ''
  useEffect(() => {
    if (isDirect) openTab('messages')
  }, [])
  useEffect(() => {
    const seen = () => {
      if (room.value && !document.hidden) markRead(room.value, channel.id)
    }
    seen()
    document.addEventListener('visibilitychange', seen)
    return () => document.removeEventListener('visibilitychange', seen)
  }, [newest])
  const called = isDirect ? title : `#${title}`
  return html`<main class="panel conversation" aria-label=${called} id="conversation" data-conversation>
    <${ConversationHeader} now=${now} channel=${channel} />
    <${MessageList} label=${`Messages in ${called}`} newest=${newest}>
      <${Welcome} now=${now} channel=${channel} />
      <${Roots} now=${now} channel=${channel} />
    <//>
    <${Composer} channelId=${channel.id} threadTs=${null} label=${`Message ${called}`} />
  </main>`
}

function ConversationHeader({ now, channel }: { now: Room; channel: Channel }): VNode {
  const app = person(now.workspace.botUserId)
  if (channel.kind === 'im') {
    return html`<header class="panel-header"><${Avatar} person=${app} size=${28} /><h1>${channelTitle(now, channel)}</h1> <${KindBadge} person=${app} />
      <span class="panel-detail">${now.workspace.appConnected ? 'Connected' : 'Not connected'}</span></header>`
  }
  const members = channel.memberIds.map((id) => person(id))
  return html`<header class="panel-header">
    <h1><${Icon} name="hash" size=${20} />${channel.name}</h1><span class="panel-detail" title=${channel.topic}>${channel.topic}</span>
    <span class="members" role="img" aria-label=${`${members.length} members: ${members.map(displayName).join(', ')}`} title=${members.map(displayName).join(', ')}>
      ${members.slice(0, 4).map((member) => html`<${Avatar} key=${member.id} person=${member} size=${24} />`)}<span class="members-count">${members.length}</span>
    </span>
  </header>`
}

function Welcome({ now, channel }: { now: Room; channel: Channel }): VNode {
  const app = person(now.workspace.botUserId)
  if (channel.kind === 'im') {
    return html`<div class="welcome"><${Avatar} person=${app} size=${56} />
      <p class="welcome-title">${displayName(app)}</p>
      <p>Ask about an error code or a unit in the field. Each message begins a conversation of its own.</p>
      <${Examples} now=${now} channel=${channel} /></div>`
  }
  return html`<div class="welcome"><span class="welcome-mark"><${Icon} name="hash" size=${28} /></span>
    <p class="welcome-title">#${channel.name}</p>
    <p>${channel.topic || 'This is the beginning of the channel.'}</p>
    ${channel.memberIds.includes(app.id) && html`<p>Mention <strong>@${displayName(app)}</strong> to ask it something; the answer comes in a thread.</p>`}</div>`
}

/** A long history is shown from its end; the rest comes on request. */
const SHOWN_AT_FIRST = 60
/** Messages of one person within this time stand together. */
const JOIN_WITHIN_MS = 5 * 60 * 1000

function Roots({ now, channel }: { now: Room; channel: Channel }): VNode {
  const [shown, setShown] = useState(SHOWN_AT_FIRST)
  // The mark from before this visit: the line stays where it was while the person reads on.
  const [firstUnread] = useState(() => readMarkOf(now.viewerId, channel.id))
  const roots = rootsIn(now, channel.id)
  const visible = roots.slice(-shown)
  const today = new Date()
  const isDirect = channel.kind === 'im'
  const unreadAt =
    firstUnread === '' ? undefined : visible.find(({ ts, userId }) => ts > firstUnread && userId !== now.viewerId)?.ts
  return html`<${Fragment}>
    ${
      roots.length > visible.length &&
      html`<button type="button" class="button earlier" onClick=${() => setShown(shown + SHOWN_AT_FIRST)}>Show earlier messages</button>`
    }
    ${visible.map((message, index) => {
      const before = visible[index - 1]
      const when = dateOfTs(message.ts)
      const isNewDay = !before || dayKey(dateOfTs(before.ts)) !== dayKey(when)
      const isFirstUnread = message.ts === unreadAt
      const isJoined = !isDirect && !isNewDay && !isFirstUnread && before !== undefined && standsWith(before, message)
      return html`<${Fragment} key=${message.ts}>
        ${isNewDay && html`<div class="divider" role="separator"><span>${dayLabel(when, today)}</span></div>`}
        ${isFirstUnread && html`<div class="divider is-new" role="separator"><span>New</span></div>`}
        ${
          isDirect
            ? html`<${DirectThread} now=${now} root=${message} replies=${repliesTo(now, channel.id, message.ts)} status=${statusOf(now, channel.id, message.ts)} isLast=${index === visible.length - 1} />`
            : html`<${MessageRow} message=${message} isJoined=${isJoined} isLast=${index === visible.length - 1} onReply=${() => openThread(channel.id, message.ts)} />
              <${ReplyBar} now=${now} root=${message} />
              ${statusOf(now, channel.id, message.ts) && html`<${StatusLine} status=${statusOf(now, channel.id, message.ts)} />`}`
        }
      <//>`
    })}
  <//>`
}

const standsWith = (before: Message, message: Message): boolean =>
  before.userId === message.userId &&
  before.replyCount === 0 &&
  before.isEphemeral === message.isEphemeral &&
  dateOfTs(message.ts).getTime() - dateOfTs(before.ts).getTime() < JOIN_WITHIN_MS
