import { Fragment, type VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Channel, Message } from '../../../contract.ts'
import { html } from '../../html.ts'
import { openThread } from '../../place.ts'
import { readMarkOf } from '../../read-marks.ts'
import { flowOf, type Room, repliesTo, statusOf } from '../../room.ts'
import { dateOfTs, dayKey, dayLabel } from '../../text/dates.ts'
import { DirectThread } from './direct-thread.ts'
import { MessageRow } from './message.ts'
import { ReplyBar } from './reply-bar.ts'
import { StatusLine } from './status-line.ts'

/** A long history is shown from its end; the rest comes on request. */
const SHOWN_AT_FIRST = 60
/** Messages of one person within this time stand together. */
const JOIN_WITHIN_MS = 5 * 60 * 1000

/** The messages of a conversation with the lines between their days. */
export function History({ now, channel }: { now: Room; channel: Channel }): VNode {
  const [shown, setShown] = useState(SHOWN_AT_FIRST)
  const roots = flowOf(now, channel)
  // The line stays where it was when the person came, while they read on and more arrives.
  const [unreadAt] = useState(() => firstUnread(roots, now.viewerId, readMarkOf(now.viewerId, channel.id)))
  const visible = roots.slice(-shown)
  const today = new Date()
  const showEarlier = (event: Event) => {
    const log = (event.currentTarget as HTMLElement).closest('.log')
    const fromEnd = (log?.scrollHeight ?? 0) - (log?.scrollTop ?? 0)
    setShown(shown + SHOWN_AT_FIRST)
    requestAnimationFrame(() => log?.scrollTo(0, log.scrollHeight - fromEnd))
  }
  return html`<${Fragment}>
    ${
      roots.length > visible.length &&
      html`<button type="button" class="button earlier" onClick=${showEarlier}>Show earlier messages</button>`
    }
    ${visible.map((message, index) => {
      const before = visible[index - 1]
      const when = dateOfTs(message.ts)
      const isNewDay = !before || dayKey(dateOfTs(before.ts)) !== dayKey(when)
      const isFirstUnread = message.ts === unreadAt
      const isLast = index === visible.length - 1
      const replies = repliesTo(now, channel.id, message.ts)
      const status = statusOf(now, channel.id, message.ts)
      const isJoined = !isNewDay && !isFirstUnread && before !== undefined && standsWith(before, message)
      return html`<${Fragment} key=${message.ts}>
        ${isNewDay && html`<div class="divider" role="separator"><span>${dayLabel(when, today)}</span></div>`}
        ${isFirstUnread && html`<div class="divider is-new" role="separator"><span>New</span></div>`}
        ${
          channel.kind === 'im'
            ? html`<${DirectThread} root=${message} replies=${replies} status=${status} isLast=${isLast} />`
            : html`<${MessageRow} message=${message} isJoined=${isJoined} isLast=${isLast} onReply=${() => openThread(channel.id, message.threadTs ?? message.ts)} />
              <${ReplyBar} root=${message} replies=${replies} />
              ${status && html`<${StatusLine} status=${status} />`}`
        }
      <//>`
    })}
  <//>`
}

const firstUnread = (roots: readonly Message[], viewerId: string, mark: string): string | null =>
  mark === '' ? null : (roots.find(({ ts, userId }) => ts > mark && userId !== viewerId)?.ts ?? null)

const standsWith = (before: Message, message: Message): boolean =>
  before.userId === message.userId &&
  before.replyCount === 0 &&
  before.isEphemeral === message.isEphemeral &&
  dateOfTs(message.ts).getTime() - dateOfTs(before.ts).getTime() < JOIN_WITHIN_MS
