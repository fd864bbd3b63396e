import type { VNode } from 'preact'
import { html } from '../html.ts'
import { recordsAt, stringAt } from '../read.ts'
import type { BlockProps } from './block.ts'
import { Picture } from './image.ts'
import { TextLine } from './text-object.ts'

export const ContextBlock = ({ block }: BlockProps): VNode => html`
  <div class="block-context wrap soft text-sm">
    ${recordsAt(block, 'elements').map((element) =>
      element.type === 'image'
        ? html`<${Picture} from=${element} class="context-picture" />`
        : html`<span>${linesOf(element).map((line, at) => html`${at > 0 && html`<br />`}<${TextLine} text=${line} />`)}</span>`,
    )}
  </div>
`

/** A text of several lines keeps them, as Slack shows it. */
const linesOf = (element: Readonly<Record<string, unknown>>) =>
  stringAt(element, 'text')
    .split('\n')
    .map((text) => ({ ...element, text }))
