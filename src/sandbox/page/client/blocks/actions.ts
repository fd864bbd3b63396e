import type { VNode } from 'preact'
import { html } from '../html.ts'
import { recordsAt } from '../read.ts'
import type { BlockProps } from './block.ts'
import { Element } from './element.ts'
import { actionIdOf } from './values.ts'

const elements = ({ block, blockId }: BlockProps): VNode[] =>
  recordsAt(block, 'elements').map((element, index) => {
    const actionId = actionIdOf(element, index)
    return html`<${Element} key=${actionId} element=${element} blockId=${blockId} actionId=${actionId} label=${null} />`
  })

export const ActionsBlock = (props: BlockProps): VNode => html`<div class="block-actions wrap">${elements(props)}</div>`

export const ContextActionsBlock = (props: BlockProps): VNode =>
  html`<div class="block-actions wrap is-quiet">${elements(props)}</div>`
