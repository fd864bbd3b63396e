import type { VNode } from 'preact'
import { useRef } from 'preact/hooks'
import type { Attachment } from '../../acting.ts'
import { html } from '../../html.ts'
import { Icon } from '../icon.ts'

/** As much as the sandbox takes. */
const MOST_FILES = 10
const MOST_CHARACTERS = 1_000_000

/** Reads the chosen files as text; the sentence to show when one of them cannot be taken. */
export async function readFiles(
  chosen: readonly File[],
  already: readonly Attachment[],
): Promise<{ files: readonly Attachment[]; problem: string | null }> {
  const read = await Promise.all(chosen.map(async (file) => ({ name: file.name, text: await file.text() })))
  const tooLarge = read.find(({ text }) => text.length > MOST_CHARACTERS)
  const fitting = [...already, ...read.filter(({ text }) => text.length <= MOST_CHARACTERS)]
  const problem = tooLarge
    ? `${tooLarge.name} is larger than 1 MB, which is more than the sandbox takes.`
    : fitting.length > MOST_FILES
      ? `At most ${MOST_FILES} files go with one message.`
      : null
  return { files: fitting.slice(0, MOST_FILES), problem }
}

export function AttachButton({ onChoose }: { onChoose: (files: readonly File[]) => void }): VNode {
  const input = useRef<HTMLInputElement>(null)
  const onChange = () => {
    onChoose([...(input.current?.files ?? [])])
    if (input.current) input.current.value = ''
  }
  return html`<button type="button" class="tool" aria-label="Attach text files" title="Attach text files" onClick=${() => input.current?.click()}>
      <${Icon} name="clip" /></button>
    <input ref=${input} type="file" multiple hidden aria-label="Text files to attach" onChange=${onChange} />`
}

type ListProps = { files: readonly Attachment[]; onChange: (files: readonly Attachment[]) => void }

export const AttachmentList = ({ files, onChange }: ListProps): VNode | null =>
  files.length === 0
    ? null
    : html`<ul class="attachments wrap" aria-label="Files to send">
        ${files.map(
          (file, at) => html`<li class="chip toned"><${Icon} name="file" size=${14} />${file.name}
            <button type="button" aria-label=${`Remove ${file.name}`} onClick=${() => onChange(files.toSpliced(at, 1))}><${Icon} name="close" size=${12} /></button></li>`,
        )}
      </ul>`
