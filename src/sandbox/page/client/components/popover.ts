import type { ComponentChildren, RefObject, VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { html } from '../html.ts'

type PopoverProps = {
  anchor: RefObject<HTMLElement | null>
  onClose: () => void
  class?: string
  role?: string
  label?: string
  id?: string
  align?: 'start' | 'end'
  /** As wide as its anchor, for lists below a field. */
  matchWidth?: boolean
  /** A press on it leaves the focus in the field it belongs to. */
  keepsFocus?: boolean
  children: ComponentChildren
}

const GAP = 6
const EDGE = 8

/** A small surface above all others, next to its anchor; it stays inside an open dialog, so that it is usable there. */
export function Popover(props: PopoverProps): VNode {
  const self = useRef<HTMLDivElement>(null)
  const close = useRef(props.onClose)
  close.current = props.onClose
  useLayoutEffect(() => {
    const surface = self.current
    const anchor = props.anchor.current
    if (!surface || !anchor) return
    surface.showPopover()
    const place = () => placeNear(surface, anchor, props.align ?? 'start', props.matchWidth ?? false)
    place()
    const resized = new ResizeObserver(place)
    resized.observe(surface)
    const onPointer = ({ target }: Event) => {
      if (target instanceof Node && !surface.contains(target) && !anchor.contains(target)) close.current()
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      event.stopPropagation()
      close.current()
      if (surface.contains(document.activeElement)) anchor.focus()
    }
    document.addEventListener('pointerdown', onPointer, true)
    document.addEventListener('keydown', onKey, true)
    addEventListener('resize', place)
    document.addEventListener('scroll', place, true)
    return () => {
      resized.disconnect()
      document.removeEventListener('pointerdown', onPointer, true)
      document.removeEventListener('keydown', onKey, true)
      removeEventListener('resize', place)
      document.removeEventListener('scroll', place, true)
    }
  }, [])
  return html`<div ref=${self} popover="manual" class=${`popover card text-xl ${props.class ?? ''}`} role=${props.role} aria-label=${props.label} id=${props.id}
    onMouseDown=${(event: MouseEvent) => props.keepsFocus && event.preventDefault()}>
    ${props.children}
  </div>`
}

function placeNear(surface: HTMLElement, anchor: HTMLElement, align: 'start' | 'end', matchWidth: boolean): void {
  const from = anchor.getBoundingClientRect()
  if (matchWidth) surface.style.width = `${from.width}px`
  surface.style.maxHeight = ''
  // The layout's sizes: those on screen are still growing while it opens.
  const { offsetWidth: width, offsetHeight: height } = surface
  const below = innerHeight - from.bottom - GAP - EDGE
  const above = from.top - GAP - EDGE
  const isBelow = height <= below || below >= above
  const room = Math.max(isBelow ? below : above, 80)
  surface.style.maxHeight = `${room}px`
  const shown = Math.min(height, room)
  const left = align === 'start' ? from.left : from.right - width
  surface.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`
  surface.style.top = `${isBelow ? from.bottom + GAP : from.top - GAP - shown}px`
}
