import type { VNode } from 'preact'
import type { Message } from '../../../contract.ts'
import { html } from '../../html.ts'
import { openThread } from '../../place.ts'
import { remembered } from '../../remembered.ts'
import { person } from '../../store.ts'
import { dateOfTs, whenLabel } from '../../text/dates.ts'
import { Avatar } from '../avatar.ts'

type ReplyBarProps = { root: Message; replies: readonly Message[] }

/** Who replied, how often and when last; opens the thread. */
export const ReplyBar = remembered(({ root, replies }: ReplyBarProps): VNode | null => {
  const count = Math.max(root.replyCount, replies.length)
  if (count === 0) return null
  const authors = [...new Set(replies.map(({ userId }) => userId))].slice(0, 4).map(person)
  const last = replies.at(-1)
  const words = count === 1 ? '1 reply' : `${count} replies`
  return html`<button type="button" class="reply-bar row text-md" onClick=${() => openThread(root.channel, root.ts)}>
    <span class="reply-faces">${authors.map((author) => html`<${Avatar} key=${author.id} person=${author} size=${22} />`)}</span>
    <span class="reply-count strong">${words}</span>
    ${last && html`<span class="reply-last soft">Last reply ${whenLabel(dateOfTs(last.ts), new Date())}</span>`}
  </button>`
})
