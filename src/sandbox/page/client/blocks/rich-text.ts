import type { VNode } from 'preact'
import { html } from '../html.ts'
import { flagAt, type Loose, numberAt, recordAt, recordsAt, stringAt } from '../read.ts'
import type { Inline } from '../text/ast.ts'
import { glyphOf } from '../text/emoji.ts'
import { openableUrl } from '../text/links.ts'
import { drawInline } from '../text/render.ts'
import type { BlockProps } from './block.ts'

export const RichTextBlock = ({ block }: BlockProps): VNode =>
  html`<${RichText} elements=${recordsAt(block, 'elements')} />`

export const RichText = ({ elements }: { elements: readonly Loose[] }): VNode =>
  html`<div class="prose">${elements.map(drawElement)}</div>`

function drawElement(element: Loose): VNode | null {
  const children = recordsAt(element, 'elements')
  switch (element.type) {
    case 'rich_text_section':
      return html`<p>${drawInline(children.flatMap(inlineOf))}</p>`
    case 'rich_text_quote':
      return html`<blockquote><p>${drawInline(children.flatMap(inlineOf))}</p></blockquote>`
    case 'rich_text_preformatted':
      return html`<pre tabindex="0"><code>${children.map((child) => stringAt(child, 'text') || stringAt(child, 'url')).join('')}</code></pre>`
    case 'rich_text_list': {
      const items = children.map((child) => html`<li>${drawElement(child)}</li>`)
      const indent = { marginInlineStart: `${(numberAt(element, 'indent') ?? 0) * 1.5}rem` }
      const start = (numberAt(element, 'offset') ?? 0) + 1
      return element.style === 'ordered'
        ? html`<ol style=${indent} start=${start}>${items}</ol>`
        : html`<ul style=${indent}>${items}</ul>`
    }
    default:
      return null
  }
}

function inlineOf(element: Loose): Inline[] {
  const styled = (node: Inline): Inline[] => {
    const style = recordAt(element, 'style') ?? {}
    const start: Inline = flagAt(style, 'code') && node.kind === 'text' ? { kind: 'code', text: node.text } : node
    const kinds = (['bold', 'italic', 'strike'] as const).filter((kind) => flagAt(style, kind))
    return [kinds.reduce<Inline>((inner, kind) => ({ kind, children: [inner] }), start)]
  }
  switch (element.type) {
    case 'text':
      return stringAt(element, 'text')
        .split('\n')
        .flatMap((text, index) => [
          ...(index === 0 ? [] : [{ kind: 'break' } as const]),
          ...styled({ kind: 'text', text }),
        ])
    case 'link': {
      const url = openableUrl(stringAt(element, 'url'))
      const label: Inline = { kind: 'text', text: stringAt(element, 'text') || stringAt(element, 'url') }
      return styled(url === null ? label : { kind: 'link', url, children: [label] })
    }
    case 'emoji': {
      const tone = numberAt(element, 'skin_tone')
      const name = stringAt(element, 'name') + (tone === null ? '' : `::skin-tone-${tone}`)
      const glyph = glyphOf(name)
      return [glyph === null ? { kind: 'text', text: `:${name}:` } : { kind: 'emoji', name, glyph }]
    }
    case 'user':
      return styled({ kind: 'user', id: stringAt(element, 'user_id'), label: null })
    case 'channel':
      return styled({ kind: 'channel', id: stringAt(element, 'channel_id'), label: null })
    case 'usergroup':
      return styled({ kind: 'usergroup', id: stringAt(element, 'usergroup_id'), label: null })
    case 'broadcast':
      return [{ kind: 'broadcast', range: stringAt(element, 'range') }]
    case 'date': {
      const fallback = stringAt(element, 'fallback')
      const url = openableUrl(stringAt(element, 'url'))
      return [
        {
          kind: 'date',
          seconds: numberAt(element, 'timestamp') ?? Number.NaN,
          format: stringAt(element, 'format'),
          fallback,
          url,
        },
      ]
    }
    default:
      return [{ kind: 'text', text: stringAt(element, 'text') }]
  }
}
