import type { ComponentChildren, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { html } from '../html.ts'

type DialogProps = {
  labelledBy?: string
  label?: string
  role?: 'alertdialog'
  class?: string
  onClose: () => void
  /** Whether a click beside it closes it: not where typed words could be lost. */
  closesOutside?: boolean
  children: ComponentChildren
}

/** The browser's own modal dialog: the page behind is inert, Escape closes, and the focus returns to where it was. */
export function Dialog(props: DialogProps): VNode {
  const self = useRef<HTMLDialogElement>(null)
  const close = useRef(props.onClose)
  close.current = props.onClose
  useLayoutEffect(() => {
    const dialog = self.current
    if (!dialog) return
    const before = document.activeElement
    const composer = before?.closest('[data-conversation]')
    dialog.showModal()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus()
      else (composer ?? document).querySelector<HTMLElement>('[data-composer]')?.focus()
    }
  }, [])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    event.stopPropagation()
    close.current()
  }
  const onCancel = (event: Event) => {
    if (event.target !== self.current) return
    event.preventDefault()
    close.current()
  }
  const onClick = (event: MouseEvent) => {
    if (props.closesOutside && event.target === self.current) close.current()
  }
  return html`<dialog ref=${self} class=${`dialog card ${props.class ?? ''}`} role=${props.role} aria-label=${props.label}
    aria-labelledby=${props.labelledBy} onKeyDown=${onKeyDown} onCancel=${onCancel} onClick=${onClick}>
    ${props.children}
  </dialog>`
}
