import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from '../html.ts'
import { type Loose, recordAt, stringAt } from '../read.ts'
import { fileUrl } from '../text/links.ts'
import type { BlockProps } from './block.ts'
import { PlainText, TextLine } from './text-object.ts'

export const ImageBlock = ({ block }: BlockProps): VNode => html`
  <figure class="block-image">
    ${block.title !== undefined && html`<figcaption><${TextLine} text=${block.title} /></figcaption>`}
    <${Picture} from=${block} class="block-picture" />
  </figure>
`

/** A picture of this server; one from elsewhere is not fetched, and stands as its description and a link. */
export function Picture({ from, class: name }: { from: Loose; class: string }): VNode {
  const [isMissing, setMissing] = useState(false)
  const address = fileUrl(stringAt(from, 'image_url') || stringAt(recordAt(from, 'slack_file') ?? {}, 'url'))
  const alt = stringAt(from, 'alt_text')
  const isOurs = address !== null && new URL(address, location.href).origin === location.origin
  if (isOurs && !isMissing) {
    return html`<img class=${name} src=${address} alt=${alt} loading="lazy" onError=${() => setMissing(true)} />`
  }
  const words = html`<${PlainText} text=${alt || 'Picture'} />`
  return html`<span class="picture-missing dashed soft text-md">
    ${address === null ? words : html`<a href=${address} target="_blank" rel="noopener noreferrer">${words}</a>`}
  </span>`
}
