import type { VNode } from 'preact'
import { html } from '../html.ts'
import { recordAt, recordsAt } from '../read.ts'
import type { BlockProps } from './block.ts'
import { Element } from './element.ts'
import { TextObject } from './text-object.ts'
import { actionIdOf } from './values.ts'

export function SectionBlock({ block, blockId }: BlockProps): VNode {
  const fields = recordsAt(block, 'fields')
  const accessory = recordAt(block, 'accessory')
  return html`<div class="block-section">
    <div class="block-section-text grow">
      ${recordAt(block, 'text') && html`<${TextObject} text=${block.text} />`}
      ${fields.length > 0 && html`<div class="block-fields">${fields.map((field) => html`<${TextObject} text=${field} />`)}</div>`}
    </div>
    ${
      accessory &&
      html`<div class="block-accessory"><${Element} element=${accessory} blockId=${blockId} actionId=${actionIdOf(accessory, 0)} label=${null} /></div>`
    }
  </div>`
}
