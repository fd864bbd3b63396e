import type { VNode } from 'preact'
import type { Forwarded } from '../../../contract.ts'
import { html } from '../../html.ts'
import { displayName } from '../../room.ts'
import { person } from '../../store.ts'
import { Mrkdwn } from '../../text/render.ts'

/** Messages that were passed on with this one. */
export const ForwardedMessages = ({ forwarded }: { forwarded: readonly Forwarded[] }): VNode | null =>
  forwarded.length === 0
    ? null
    : html`${forwarded.map(
        ({ author, text, from }, index) => html`<blockquote class="forwarded" key=${index}>
          <p class="message-author bold">${displayName(person(author))}</p>
          <${Mrkdwn} text=${text} />
          <p class="soft text-xs">${from}</p>
        </blockquote>`,
      )}`
