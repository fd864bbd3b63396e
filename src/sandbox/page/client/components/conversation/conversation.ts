import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Channel } from '../../../contract.ts'
import { openTab } from '../../acting.ts'
import { html } from '../../html.ts'
import { markRead } from '../../read-marks.ts'
import { calledIn, channelTitle, displayName, messagesIn, type Room } from '../../room.ts'
import { connection, currentChannel, person, room } from '../../store.ts'
import { Avatar, KindBadge } from '../avatar.ts'
import { Examples } from '../examples.ts'
import { Icon } from '../icon.ts'
import { Composer } from './composer.ts'
import { History } from './history.ts'
import { MessageList } from './message-list.ts'

/** The open channel or direct message. */
export function Conversation(): VNode | null {
  const now = room.value
  const channel = currentChannel.value
  if (!now || !channel) return null
  return html`<${OpenConversation} key=${`${now.viewerId}/${channel.id}`} now=${now} channel=${channel} />`
}

function OpenConversation({ now, channel }: { now: Room; channel: Channel }): VNode {
  const isDirect = channel.kind === 'im'
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
  const called = calledIn(now, channel)
  return html`<main class="panel column conversation" aria-label=${called} id="conversation" data-conversation>
    <${ConversationHeader} now=${now} channel=${channel} />
    <${MessageList} label=${`Messages in ${called}`} newest=${newest}>
      <${Welcome} now=${now} channel=${channel} />
      <${History} now=${now} channel=${channel} />
    <//>
    <${Composer} channelId=${channel.id} threadTs=${null} label=${`Message ${called}`} />
  </main>`
}

function ConversationHeader({ now, channel }: { now: Room; channel: Channel }): VNode {
  const app = person(now.workspace.botUserId)
  if (channel.kind === 'im') {
    return html`<header class="panel-header row"><${Avatar} person=${app} size=${28} /><h1>${channelTitle(now, channel)}</h1> <${KindBadge} person=${app} />
      <span class="panel-detail clip soft text-md grow">${connection.value !== 'open' ? '' : now.workspace.appConnected ? 'Connected' : 'Not connected'}</span></header>`
  }
  const members = channel.memberIds.map((id) => person(id))
  return html`<header class="panel-header row">
    <h1><${Icon} name=${channel.kind === 'mpim' ? 'person' : 'hash'} size=${20} />${channelTitle(now, channel)}</h1><span class="panel-detail clip soft text-md grow" title=${channel.topic}>${channel.topic}</span>
    <span class="members row" role="img" aria-label=${`${members.length} members: ${members.map(displayName).join(', ')}`} title=${members.map(displayName).join(', ')}>
      ${members.slice(0, 4).map((member) => html`<${Avatar} key=${member.id} person=${member} size=${24} />`)}<span class="members-count text-md">${members.length}</span>
    </span>
  </header>`
}

function Welcome({ now, channel }: { now: Room; channel: Channel }): VNode {
  const app = person(now.workspace.botUserId)
  if (channel.kind === 'im') {
    return html`<div class="welcome soft"><${Avatar} person=${app} size=${56} />
      <p class="welcome-title bold">${displayName(app)}</p>
      <p>Ask about an error code or a unit in the field. Each message begins a conversation of its own.</p>
      <${Examples} now=${now} channel=${channel} /></div>`
  }
  return html`<div class="welcome soft"><span class="welcome-mark toned center"><${Icon} name=${channel.kind === 'mpim' ? 'person' : 'hash'} size=${28} /></span>
    <p class="welcome-title bold">${calledIn(now, channel)}</p>
    <p>${channel.topic || 'This is the beginning of the channel.'}</p>
    ${channel.memberIds.includes(app.id) && html`<p>Mention <strong>@${displayName(app)}</strong> to ask it something; the answer comes in a thread.</p>`}</div>`
}
