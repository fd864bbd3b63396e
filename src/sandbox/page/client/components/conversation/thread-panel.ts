import type { VNode } from 'preact'
import { html } from '../../html.ts'
import { openThread } from '../../place.ts'
import { calledIn, messageAt, repliesTo, statusOf } from '../../room.ts'
import { currentChannel, room } from '../../store.ts'
import { Panel } from '../panel.ts'
import { Composer } from './composer.ts'
import { MessageRow } from './message.ts'
import { MessageList } from './message-list.ts'
import { StatusLine } from './status-line.ts'

/** A thread beside its conversation. */
export function ThreadPanel({ channelId, rootTs }: { channelId: string; rootTs: string }): VNode | null {
  const now = room.value
  const channel = currentChannel.value
  if (!now || !channel) return null
  const root = messageAt(now, channelId, rootTs)
  const replies = repliesTo(now, channelId, rootTs)
  const status = statusOf(now, channelId, rootTs)
  const count = replies.length === 1 ? '1 reply' : `${replies.length} replies`
  return html`<${Panel} label="Thread" class="thread" detail=${calledIn(now, channel)} onClose=${() => openThread(channelId, null)}>
    <div class="thread-body column grow" data-conversation>
      <${MessageList} label="Messages in the thread" newest=${replies.at(-1)?.ts ?? rootTs}>
        ${root ? html`<${MessageRow} message=${root} onReply=${null} isLast=${replies.length === 0} />` : html`<p class="empty soft">This message is gone.</p>`}
        ${replies.length > 0 && html`<div class="divider is-count" role="separator"><span>${count}</span></div>`}
        ${replies.map((message, index) => html`<${MessageRow} key=${message.ts} message=${message} onReply=${null} isLast=${index === replies.length - 1} />`)}
        ${status && html`<${StatusLine} status=${status} />`}
      <//>
      <${Composer} channelId=${channelId} threadTs=${rootTs} label="Reply in thread" takesFocus=${true} />
    </div>
  <//>`
}
