import type { VNode } from 'preact'
import { html } from '../html.ts'
import { recordsAt } from '../read.ts'
import type { BlockProps } from './block.ts'
import { Picture } from './image.ts'
import { TextLine } from './text-object.ts'

export const ContextBlock = ({ block }: BlockProps): VNode => html`
  <div class="block-context">
    ${recordsAt(block, 'elements').map((element) =>
      element.type === 'image'
        ? html`<${Picture} from=${element} class="context-picture" />`
        : html`<span><${TextLine} text=${element} /></span>`,
    )}
  </div>
`
