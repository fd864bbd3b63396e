import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Message, ThreadStatus } from '../../../contract.ts'
import { draftKey, peekDraft } from '../../drafts.ts'
import { classes, html } from '../../html.ts'
import { remembered } from '../../remembered.ts'
import { viewerId } from '../../store.ts'
import { Icon } from '../icon.ts'
import { Composer } from './composer.ts'
import { MessageRow } from './message.ts'
import { StatusLine } from './status-line.ts'

type DirectThreadProps = {
  root: Message
  replies: readonly Message[]
  status: ThreadStatus | null
  isLast: boolean
}

/** In a direct message with the app every question begins a thread; its answers stand right below it. */
export const DirectThread = remembered(({ root, replies, status, isLast }: DirectThreadProps): VNode => {
  const [hasWords] = useState(() => peekDraft(draftKey(viewerId.peek(), root.channel, root.ts)) !== '')
  const [isReplying, setReplying] = useState(hasWords)
  const reply = () => setReplying(true)
  const canReply = replies.length > 0 || status !== null
  return html`<section class=${classes('direct-thread', isReplying && 'is-replying')} aria-label="Conversation" data-conversation>
    <${MessageRow} message=${root} onReply=${reply} isLast=${isLast && replies.length === 0} />
    ${
      (canReply || isReplying) &&
      html`<div class="direct-replies">
        ${replies.map((message, index) => html`<${MessageRow} key=${message.ts} message=${message} isSmall=${true} onReply=${reply} isLast=${isLast && index === replies.length - 1} />`)}
        ${status && html`<${StatusLine} status=${status} />`}
        ${
          isReplying
            ? html`<${Composer} channelId=${root.channel} threadTs=${root.ts} label="Reply in thread" takesFocus=${!hasWords} isSmall=${true} onLeave=${() => setReplying(false)} />`
            : html`<button type="button" class="reply-here soft text-md" onClick=${reply}><${Icon} name="reply" size=${16} />Reply</button>`
        }
      </div>`
    }
  </section>`
})
