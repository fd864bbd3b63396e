import { Fragment, type VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { html } from '../html.ts'
import { dismiss, notices } from '../notices.ts'
import { Icon } from './icon.ts'

/** Shown above everything, dialogs included: hence a popover, opened anew with each notice so that it is topmost. */
export function Toasts(): VNode {
  const self = useRef<HTMLDivElement>(null)
  const shown = notices.value
  useEffect(() => {
    const surface = self.current
    if (!surface) return
    if (surface.matches(':popover-open')) surface.hidePopover()
    if (shown.length > 0) surface.showPopover()
  }, [shown])
  // A hidden popover is no live region, so the words stand in one of their own too.
  return html`<${Fragment}>
    <div class="visually-hidden" role="status" aria-label="Notices">${shown.map(({ id, text }) => html`<p key=${id}>${text}</p>`)}</div>
    <div ref=${self} popover="manual" class="toasts">
      ${shown.map(
        ({ id, text }) => html`<div class="toast row text-xl" key=${id}><p aria-hidden="true">${text}</p>
          <button type="button" class="tool" aria-label="Dismiss notice" onClick=${() => dismiss(id)}><${Icon} name="close" size=${16} /></button></div>`,
      )}
    </div>
  <//>`
}
