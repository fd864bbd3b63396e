import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { html } from '../html.ts'
import { Icon } from './icon.ts'

type PanelProps = {
  label: string
  detail?: ComponentChildren
  class?: string
  onClose: () => void
  children: ComponentChildren
}

/** A drawer at the right; Escape inside of it closes it. */
export function Panel(props: PanelProps): VNode {
  const self = useRef<HTMLElement>(null)
  const closeButton = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const before = document.activeElement
    if (!self.current?.contains(before)) closeButton.current?.focus({ preventScroll: true })
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return
    event.stopPropagation()
    props.onClose()
  }
  return html`<aside ref=${self} class=${`panel column side ${props.class ?? ''}`} aria-label=${props.label} onKeyDown=${onKeyDown}>
    <header class="panel-header row">
      <h2>${props.label}</h2>${props.detail && html`<span class="panel-detail clip soft text-md grow">${props.detail}</span>`}
      <button ref=${closeButton} type="button" class="tool" aria-label=${`Close ${props.label}`} onClick=${props.onClose}><${Icon} name="close" /></button>
    </header>
    <div class="panel-body column grow scroll">${props.children}</div>
  </aside>`
}
