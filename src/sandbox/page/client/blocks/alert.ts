import type { VNode } from 'preact'
import { Icon, type IconName } from '../components/icon.ts'
import { html } from '../html.ts'
import { stringAt } from '../read.ts'
import type { BlockProps } from './block.ts'
import { TextObject } from './text-object.ts'

const ICONS: Readonly<Record<string, IconName>> = { warning: 'warning', error: 'warning', success: 'check' }

export function AlertBlock({ block }: BlockProps): VNode {
  const level = /^(?:info|warning|error|success)$/.exec(stringAt(block, 'level'))?.[0] ?? 'default'
  return html`<div class=${`block-alert is-${level}`} role="note">
    <${Icon} name=${ICONS[level] ?? 'info'} />
    ${typeof block.text === 'string' ? html`<p>${block.text}</p>` : html`<${TextObject} text=${block.text} />`}
  </div>`
}
