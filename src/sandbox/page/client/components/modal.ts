import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { View } from '../../contract.ts'
import { closeView, submitView } from '../acting.ts'
import { Blocks } from '../blocks/block.ts'
import { faultsOf, stateValues } from '../blocks/values.ts'
import { classes, html } from '../html.ts'
import { room } from '../store.ts'
import { changeForm, formOf, keepViewForms } from '../surface.ts'
import { Dialog } from './dialog.ts'
import { Icon } from './icon.ts'

const formKey = (view: View): string => `modal:${view.id}`

/** The topmost modal; those below it wait with what was typed in them. */
export function ModalStack(): VNode | null {
  const open = room.value?.modals ?? []
  const [closed, setClosed] = useState<readonly string[]>([])
  useEffect(() => {
    keepViewForms(open.map(formKey))
    setClosed((before) => before.filter((id) => open.some((view) => view.id === id)))
  }, [room.value?.modals])
  // A closed modal goes at once; the server's word on it may come later.
  const view = open.filter(({ id }) => !closed.includes(id)).at(-1)
  if (!view) return null
  const close = async () => {
    setClosed((before) => [...before, view.id])
    const outcome = await closeView(view.id)
    if (!outcome.ok) setClosed((before) => before.filter((id) => id !== view.id))
  }
  return html`<${Dialog} class="modal" labelledBy="modal-title" onClose=${close}>
    <${ModalForm} key=${view.id} view=${view} onClose=${close} />
  <//>`
}

function ModalForm({ view, onClose }: { view: View; onClose: () => void }): VNode {
  const key = formKey(view)
  const form = useRef<HTMLFormElement>(null)
  const [isSending, setSending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const { errors } = formOf(key)
  useLayoutEffect(() => {
    firstField(form.current)?.focus()
  }, [])

  const showErrors = (found: Readonly<Record<string, string>>) => {
    changeForm(key, { errors: found })
    requestAnimationFrame(() => firstField(form.current?.querySelector('.block-input.is-invalid') ?? null)?.focus())
  }
  const onSubmit = async (event: Event) => {
    event.preventDefault()
    if (isSending) return
    const { touched } = formOf(key)
    const faults = faultsOf(view.blocks, touched)
    setProblem(null)
    if (Object.keys(faults).length > 0) return showErrors(faults)
    changeForm(key, { errors: {} })
    setSending(true)
    const outcome = await submitView(view.id, stateValues(view.blocks, touched))
    setSending(false)
    if (outcome.ok) return
    if (outcome.errors && Object.keys(outcome.errors).length > 0) showErrors(outcome.errors)
    else setProblem(outcome.error)
  }
  // An error whose field is not on the form would otherwise be lost.
  const homeless = Object.entries(errors).filter(
    ([blockId]) => !view.blocks.some((block) => block.type === 'input' && block.block_id === blockId),
  )
  const surface = { key, container: { type: 'view', viewId: view.id }, blocks: view.blocks }
  return html`<form ref=${form} class="modal-form column" noValidate onSubmit=${onSubmit} aria-labelledby="modal-title">
    <header class="modal-header row">
      <h2 id="modal-title">${view.title}</h2>
      <button type="button" class="tool" aria-label="Dismiss" onClick=${onClose}><${Icon} name="close" /></button>
    </header>
    <div class="modal-body grow scroll">
      <${Blocks} surface=${surface} />
      ${[...homeless.map(([, words]) => words), ...(problem === null ? [] : [problem])].map(
        (words) => html`<p class="form-problem toned is-error" role="alert"><${Icon} name="warning" />${words}</p>`,
      )}
    </div>
    <footer class="modal-footer actions">
      <button type="button" class="button" onClick=${onClose}>${view.close ?? (view.submit === null ? 'Close' : 'Cancel')}</button>
      ${
        view.submit !== null &&
        html`<button type="submit" class=${classes('button is-primary', isSending && 'is-pending')} aria-busy=${isSending}>
          <span class="clip">${view.submit}</span></button>`
      }
    </footer>
  </form>`
}

const firstField = (within: Element | null): HTMLElement | null =>
  within?.querySelector<HTMLElement>(
    '.modal-body :is(input, textarea, button, a[href]), .modal-footer button, :scope :is(input, textarea)',
  ) ?? null
