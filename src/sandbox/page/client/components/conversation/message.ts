import { Fragment, type VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Message } from '../../../contract.ts'
import { Blocks } from '../../blocks/block.ts'
import { classes, html } from '../../html.ts'
import { remembered } from '../../remembered.ts'
import { displayName } from '../../room.ts'
import { editing, person, workspace } from '../../store.ts'
import { dateOfTs, fullTimeOf, timeOf } from '../../text/dates.ts'
import { Markdown, Mrkdwn } from '../../text/render.ts'
import { Avatar, KindBadge } from '../avatar.ts'
import { Icon } from '../icon.ts'
import { Files } from './files.ts'
import { ForwardedMessages } from './forwarded.ts'
import { MessageEditor } from './message-editor.ts'
import { MessageTools } from './message-tools.ts'
import { Reactions } from './reactions.ts'

type MessageProps = {
  message: Message
  /** Follows another message of the same person closely: no avatar and name again. */
  isJoined?: boolean
  isSmall?: boolean
  /** Opens the thread; null where the message already stands in it. */
  onReply: (() => void) | null
  isLast?: boolean
}

export const MessageRow = remembered(
  ({ message, isJoined = false, isSmall = false, onReply, isLast = false }: MessageProps): VNode => {
    const [isActive, setActive] = useState(false)
    const [isHeld, setHeld] = useState(false)
    const author = person(message.userId)
    const isEdited =
      editing.value?.ts === message.ts &&
      editing.value.channel === message.channel &&
      editing.value.isInThread === (onReply === null)
    const when = dateOfTs(message.ts)
    const time = html`<time class="message-time soft text-xs" datetime=${when.toISOString()} title=${fullTimeOf(when)}>${timeOf(when)}</time>`
    const leave = (event: FocusEvent) => {
      const self = event.currentTarget as HTMLElement
      if (!(event.relatedTarget instanceof Node) || !self.contains(event.relatedTarget)) setActive(false)
    }
    return html`<article class=${classes('message', isJoined && 'is-joined', isSmall && 'is-small', message.isEphemeral && 'is-ephemeral', isActive && 'is-active')}
      aria-label=${`${displayName(author)}, ${timeOf(when)}`} aria-busy=${message.isStreaming} data-ts=${message.ts} tabindex=${isLast ? 0 : -1}
      onPointerEnter=${() => setActive(true)} onPointerLeave=${() => setActive(false)} onFocusIn=${() => setActive(true)} onFocusOut=${leave}>
    <div class="message-gutter">${isJoined ? time : html`<${Avatar} person=${author} size=${isSmall ? 28 : 36} />`}</div>
    <div class="message-main">
      ${message.isEphemeral && html`<p class="message-ephemeral row soft text-sm"><${Icon} name="eye" size=${14} />Only visible to you</p>`}
      ${
        !isJoined &&
        html`<p class="message-head wrap"><span class="bold">${displayName(author)}</span> <${KindBadge} person=${author} /> ${time}</p>`
      }
      ${message.isBroadcast && html`<p class="soft text-xs">Replied in a thread, and sent here too</p>`}
      ${isEdited ? html`<${MessageEditor} message=${message} />` : html`<${MessageBody} message=${message} />`}
      <${ForwardedMessages} forwarded=${message.forwarded} />
      <${Files} files=${message.files} />
      <${Reactions} message=${message} />
    </div>
    ${(isActive || isHeld) && !isEdited && html`<${MessageTools} message=${message} onReply=${onReply} onHold=${setHeld} />`}
  </article>`
  },
)

/** From here on a plain text is folded; Slack does the same with walls of text. */
const FOLD_ABOVE = 2_500

function MessageBody({ message }: { message: Message }): VNode {
  const [isUnfolded, setUnfolded] = useState(false)
  const { markdown, text } = message
  const blocks = isTyped(message) ? [] : message.blocks
  const surface = {
    key: `message:${message.channel}:${message.ts}`,
    container: { type: 'message', channel: message.channel, ts: message.ts },
    blocks,
  }
  const isLong = blocks.length === 0 && (markdown ?? text).length > FOLD_ABOVE && !message.isStreaming
  const words = markdown === null ? html`<${Mrkdwn} text=${text} />` : html`<${Markdown} text=${markdown} />`
  const showsWords = markdown !== null || blocks.length === 0
  return html`<div class=${classes('message-body', message.isStreaming && 'is-streaming', isLong && !isUnfolded && 'is-folded', isOnlyEmoji(message) && 'is-jumbo')}>
    ${showsWords && words}
    ${blocks.length > 0 && html`<${Blocks} surface=${surface} />`}
    ${message.isEdited && html`<${Fragment}> <span class="message-edited soft text-xs">(edited)</span><//>`}
  </div>
  ${
    isLong &&
    html`<button type="button" class="text-button text-md strong" aria-expanded=${isUnfolded} onClick=${() => setUnfolded(!isUnfolded)}>
      ${isUnfolded ? 'Show less' : 'Show more'}</button>`
  }`
}

/** Slack adds a `rich_text` block to what people type; their text says the same, marks and emoji included. */
const isTyped = ({ userId, text, blocks }: Message): boolean =>
  userId !== workspace.value?.botUserId && text !== '' && blocks.every(({ type }) => type === 'rich_text')

const isOnlyEmoji = ({ text, blocks, markdown }: Message): boolean =>
  blocks.every(({ type }) => type === 'rich_text') &&
  markdown === null &&
  text.length < 100 &&
  /^(?:\s*:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:\s*){1,6}$/.test(text)
