import type { VNode } from 'preact'
import type { SharedFile } from '../../../contract.ts'
import { html } from '../../html.ts'
import { fileUrl } from '../../text/links.ts'
import { Icon } from '../icon.ts'

const UNITS = ['bytes', 'kB', 'MB', 'GB']

function sizeLabel(bytes: number): string {
  let [size, unit] = [bytes, 0]
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`
}

export const Files = ({ files }: { files: readonly SharedFile[] }): VNode | null =>
  files.length === 0
    ? null
    : html`<ul class="files" aria-label="Files">
        ${files.map((file) => {
          const url = fileUrl(file.url)
          const words = html`<span class="file-glyph toned center"><${Icon} name="file" size=${20} /></span>
            <span class="lines grow"><span class="clip strong">${file.name}</span><span class="soft text-sm">${sizeLabel(file.sizeBytes)}</span></span>`
          return html`<li key=${file.id}>${
            url === null
              ? html`<span class="file card row">${words}</span>`
              : html`<a class="file card row" href=${url} download=${file.name} aria-label=${`Download ${file.name}`}>${words}<${Icon} name="download" /></a>`
          }</li>`
        })}
      </ul>`
