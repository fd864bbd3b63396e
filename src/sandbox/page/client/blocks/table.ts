import { Fragment, type VNode } from 'preact'
import { html } from '../html.ts'
import { isRecord, type Loose, recordsAt, stringAt } from '../read.ts'
import { drawTable } from '../text/render.ts'
import type { BlockProps } from './block.ts'
import { RichText } from './rich-text.ts'

/** The first row is the header, as in Slack. */
export function TableBlock({ block }: BlockProps): VNode {
  const rows = Array.isArray(block.rows)
    ? block.rows.filter(Array.isArray).map((row) => row.filter(isRecord).map(drawCell))
    : []
  const [header = [], ...body] = rows
  const caption = stringAt(block, 'caption')
  return html`<${Fragment}>${caption && html`<p class="strong">${caption}</p>`}${drawTable(header, body)}<//>`
}

function drawCell(cell: Loose): VNode | string {
  if (cell.type === 'rich_text') return html`<${RichText} elements=${recordsAt(cell, 'elements')} />`
  return String(cell.text ?? cell.value ?? '')
}
