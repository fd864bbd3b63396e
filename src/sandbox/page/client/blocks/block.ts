import type { VNode } from 'preact'
import type { Block } from '../../contract.ts'
import { html } from '../html.ts'
import { stringAt, wordsOf } from '../read.ts'
import { type Surface, SurfaceContext } from '../surface.ts'
import { Markdown } from '../text/render.ts'
import { ActionsBlock, ContextActionsBlock } from './actions.ts'
import { AlertBlock } from './alert.ts'
import { ContextBlock } from './context.ts'
import { ImageBlock } from './image.ts'
import { InputBlock } from './input.ts'
import { RichTextBlock } from './rich-text.ts'
import { SectionBlock } from './section.ts'
import { TableBlock } from './table.ts'
import { PlainText } from './text-object.ts'
import { blockIdOf } from './values.ts'

export type BlockProps = { block: Block; blockId: string }

/** The blocks of a message, modal or Home. */
export const Blocks = ({ surface }: { surface: Surface }): VNode => html`
  <${SurfaceContext.Provider} value=${surface}>
    <div class=${`blocks on-${surface.container.type}`}>
      ${surface.blocks.map((block, index) => {
        const blockId = blockIdOf(block, index)
        return html`<${OneBlock} key=${blockId} block=${block} blockId=${blockId} />`
      })}
    </div>
  <//>
`

function OneBlock({ block, blockId }: BlockProps): VNode {
  switch (block.type) {
    case 'section':
      return html`<${SectionBlock} block=${block} blockId=${blockId} />`
    case 'header':
      return html`<h3 class="block-header bold"><${PlainText} text=${wordsOf(block.text)} /></h3>`
    case 'divider':
      return html`<hr class="block-divider" />`
    case 'context':
      return html`<${ContextBlock} block=${block} blockId=${blockId} />`
    case 'actions':
      return html`<${ActionsBlock} block=${block} blockId=${blockId} />`
    case 'context_actions':
      return html`<${ContextActionsBlock} block=${block} blockId=${blockId} />`
    case 'input':
      return html`<${InputBlock} block=${block} blockId=${blockId} />`
    case 'markdown':
      return html`<${Markdown} text=${stringAt(block, 'text')} />`
    case 'rich_text':
      return html`<${RichTextBlock} block=${block} blockId=${blockId} />`
    case 'table':
    case 'data_table':
      return html`<${TableBlock} block=${block} blockId=${blockId} />`
    case 'image':
      return html`<${ImageBlock} block=${block} blockId=${blockId} />`
    case 'alert':
      return html`<${AlertBlock} block=${block} blockId=${blockId} />`
    default:
      return html`<p class="block-unknown dashed soft text-sm">This page does not draw “${block.type}” blocks.</p>`
  }
}
