import { Fragment, type VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { html } from '../html.ts'
import { openThread } from '../place.ts'
import { displayName } from '../room.ts'
import { channels, people, person, viewerId, workspace } from '../store.ts'
import type { Flow, Inline } from './ast.ts'
import { formatDateToken } from './dates.ts'
import { spokenName } from './emoji.ts'
import { parseMarkdown } from './markdown.ts'
import { parseMrkdwn, parseMrkdwnLine } from './mrkdwn.ts'

export function Mrkdwn({ text, verbatim = false }: { text: string; verbatim?: boolean }): VNode {
  const flow = useMemo(() => parseMrkdwn(text, { verbatim }), [text, verbatim])
  return html`<div class="prose">${drawFlow(flow)}</div>`
}

export function MrkdwnLine({ text, verbatim = false }: { text: string; verbatim?: boolean }): VNode {
  const line = useMemo(() => parseMrkdwnLine(text, { verbatim }), [text, verbatim])
  return html`<${Fragment}>${drawInline(line)}<//>`
}

export function Markdown({ text }: { text: string }): VNode {
  const flow = useMemo(() => parseMarkdown(text), [text])
  return html`<div class="prose">${drawFlow(flow)}</div>`
}

const drawFlow = (blocks: readonly Flow[]): VNode[] => blocks.map(drawBlock)

function drawBlock(block: Flow): VNode {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${drawInline(block.children)}</p>`
    case 'heading':
      // The page's own headings end at the third level; those of a message come below.
      return html`<p class=${`heading heading-${block.level}`} role="heading" aria-level=${Math.min(block.level + 3, 6)}>${drawInline(block.children)}</p>`
    case 'quote':
      return html`<blockquote>${drawFlow(block.children)}</blockquote>`
    case 'pre':
      return html`<pre tabindex="0" data-language=${block.language || null}><code>${block.text}</code></pre>`
    case 'list': {
      const items = block.items.map((item) => html`<li>${drawFlow(item)}</li>`)
      return block.start === null ? html`<ul>${items}</ul>` : html`<ol start=${block.start}>${items}</ol>`
    }
    case 'table':
      return drawTable(
        block.header.map(drawInline),
        block.rows.map((row) => row.map(drawInline)),
      )
    case 'rule':
      return html`<hr />`
    default:
      return block satisfies never
  }
}

export const drawTable = (header: readonly unknown[], rows: readonly (readonly unknown[])[]): VNode => html`
  <div class="table-frame" tabindex="0" role="group" aria-label="Table">
    <table>
      ${header.length > 0 && html`<thead><tr>${header.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>`}
      <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
    </table>
  </div>
`

export const drawInline = (nodes: readonly Inline[]): (VNode | string)[] => nodes.map(drawNode)

function drawNode(node: Inline): VNode | string {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'bold':
      return html`<strong>${drawInline(node.children)}</strong>`
    case 'italic':
      return html`<em>${drawInline(node.children)}</em>`
    case 'strike':
      return html`<s>${drawInline(node.children)}</s>`
    case 'code':
      return html`<code>${node.text}</code>`
    case 'link':
      return html`<a href=${node.url} target="_blank" rel="noopener noreferrer">${drawInline(node.children)}</a>`
    case 'user':
      return html`<${UserMention} id=${node.id} label=${node.label} />`
    case 'channel':
      return html`<${ChannelMention} id=${node.id} label=${node.label} />`
    case 'usergroup':
      return html`<span class="mention">${node.label ?? `@${node.id}`}</span>`
    case 'broadcast':
      return html`<span class="mention is-loud">@${node.range}</span>`
    case 'date': {
      const words = formatDateToken(node.seconds, node.format, node.fallback, new Date())
      const when = new Date(node.seconds * 1000)
      const time = html`<time datetime=${Number.isNaN(when.getTime()) ? null : when.toISOString()}>${words}</time>`
      return node.url === null ? time : html`<a href=${node.url} target="_blank" rel="noopener noreferrer">${time}</a>`
    }
    case 'emoji':
      return html`<span class="emoji" role="img" aria-label=${spokenName(node.name)} title=${`:${node.name}:`}>${node.glyph}</span>`
    case 'break':
      return html`<br />`
    default:
      return node satisfies never
  }
}

function UserMention({ id, label }: { id: string; label: string | null }): VNode {
  const isKnown = people.value.some((each) => each.id === id) || workspace.value?.botUserId === id
  const name = isKnown ? displayName(person(id)) : (label ?? id)
  return html`<span class=${`mention${viewerId.value === id ? ' is-me' : ''}`}>@${name}</span>`
}

function ChannelMention({ id, label }: { id: string; label: string | null }): VNode {
  const known = channels.value.find((channel) => channel.id === id)
  if (!known) return html`<span class="mention">#${label ?? id}</span>`
  return html`<button type="button" class="mention" onClick=${() => openThread(id, null)}>#${known.name}</button>`
}
