import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { html } from '../html.ts'
import { Popover } from './popover.ts'

type MenuItem = {
  key: string
  content: ComponentChildren
  /** For menus in which one entry is the current one. */
  isChecked?: boolean
  onChoose: () => void
}

type MenuProps = {
  label: string
  items: readonly MenuItem[]
  /** What the button shows. */
  children: ComponentChildren
  class?: string
  menuClass?: string
  align?: 'start' | 'end'
  heading?: ComponentChildren
  onOpenChange?: (isOpen: boolean) => void
  tooltip?: string
}

/** A button that opens a list of things to do; arrows move, Enter chooses, Escape closes and returns the focus. */
export function Menu(props: MenuProps): VNode {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const change = (next: boolean) => {
    setOpen(next)
    props.onOpenChange?.(next)
  }
  const choose = (item: MenuItem) => {
    change(false)
    button.current?.focus()
    item.onChoose()
  }
  return html`
    <button ref=${button} type="button" class=${props.class ?? 'tool'} aria-label=${props.label} title=${props.tooltip ?? null}
      aria-haspopup="menu" aria-expanded=${isOpen} onClick=${() => change(!isOpen)}>${props.children}</button>
    ${
      isOpen &&
      html`<${Popover} anchor=${button} align=${props.align} class=${`menu ${props.menuClass ?? ''}`} onClose=${() => change(false)}>
        ${props.heading && html`<div class="menu-heading soft text-xs strong">${props.heading}</div>`}
        <${MenuList} label=${props.label} items=${props.items} onChoose=${choose} onTab=${() => change(false)} />
      <//>`
    }
  `
}

type MenuListProps = {
  label: string
  items: readonly MenuItem[]
  onChoose: (item: MenuItem) => void
  onTab: () => void
}

function MenuList({ label, items, onChoose, onTab }: MenuListProps): VNode {
  const list = useRef<HTMLDivElement>(null)
  const entries = () => [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])]
  useEffect(() => {
    const all = entries()
    ;(all.find((entry) => entry.getAttribute('aria-checked') === 'true') ?? all[0])?.focus()
  }, [])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Tab') return onTab()
    const all = entries()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    all.at(next % all.length)?.focus()
  }
  return html`<div ref=${list} role="menu" aria-label=${label} onKeyDown=${onKeyDown}>
    ${items.map(
      (item) => html`<button key=${item.key} type="button" class="option" tabindex="-1"
        role=${item.isChecked === undefined ? 'menuitem' : 'menuitemradio'}
        aria-checked=${item.isChecked === undefined ? null : String(item.isChecked)}
        onClick=${() => onChoose(item)}>${item.content}</button>`,
    )}
  </div>`
}
