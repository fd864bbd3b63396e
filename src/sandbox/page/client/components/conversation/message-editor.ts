import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Message } from '../../../contract.ts'
import { editMessage } from '../../acting.ts'
import { html, typedIn } from '../../html.ts'
import { displayName } from '../../room.ts'
import { channels, editing, person } from '../../store.ts'
import { typedForm } from '../../text/typing.ts'

/** A message of one's own, opened for changing. */
export function MessageEditor({ message }: { message: Message }): VNode {
  const nameOf = (id: string) => channels.value.find((channel) => channel.id === id)?.name || displayName(person(id))
  const [text, setText] = useState(() => typedForm(message.text, nameOf))
  const [error, setError] = useState<string | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(text.length, text.length)
  }, [])
  const leave = () => {
    editing.value = null
    const conversation = field.current?.closest('[data-conversation]')
    conversation?.querySelector<HTMLElement>('[data-composer]')?.focus()
  }
  const save = async () => {
    if (text.trim() === '') return setError('An empty message can be deleted, not saved.')
    const problem = await editMessage(message, text.trim())
    if (problem === null) leave()
    else setError(problem)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      leave()
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      void save()
    }
  }
  return html`<div class="message-editor">
    <textarea ref=${field} class="field" rows="2" aria-label="Edit message" value=${text} aria-invalid=${error === null ? null : 'true'}
      onInput=${(event: Event) => setText(typedIn(event))} onKeyDown=${onKeyDown}></textarea>
    ${error !== null && html`<p class="field-error" role="alert">${error}</p>`}
    <div class="message-editor-actions actions">
      <button type="button" class="button is-small" onClick=${leave}>Cancel</button>
      <button type="button" class="button is-small is-primary" onClick=${save}>Save</button>
    </div>
  </div>`
}
