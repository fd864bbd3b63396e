import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { html } from '../../html.ts'
import { Icon } from '../icon.ts'

type MessageListProps = {
  label: string
  /** Changes when something was added at the end. */
  newest: string
  children: ComponentChildren
}

/** Nearer to the end than this, a reader is following; farther up, they are reading and must not be moved. */
const NEAR_END_PX = 80

/** A live log that stays at its end while the reader is there, and offers the way back when not. */
export function MessageList({ label, newest, children }: MessageListProps): VNode {
  const frame = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const [isAway, setAway] = useState(false)
  const toEnd = () => {
    if (frame.current) frame.current.scrollTop = frame.current.scrollHeight
  }
  useLayoutEffect(() => {
    if (!content.current || !frame.current) return
    const grown = new ResizeObserver(() => isFollowing.current && toEnd())
    grown.observe(content.current)
    grown.observe(frame.current)
    toEnd()
    return () => grown.disconnect()
  }, [])
  const [seen, setSeen] = useState(newest)
  useEffect(() => {
    if (isFollowing.current) setSeen(newest)
  }, [newest, isAway])
  const onScroll = () => {
    if (!frame.current) return
    const { scrollHeight, scrollTop, clientHeight } = frame.current
    isFollowing.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX
    setAway(!isFollowing.current)
  }
  return html`<div class="log-frame grow">
    <div ref=${frame} class="log grow scroll" role="log" aria-label=${label} onScroll=${onScroll} onKeyDown=${moveFocus}>
      <div ref=${content} class="log-content column">${children}</div>
    </div>
    ${
      isAway &&
      html`<button type="button" class="to-end row text-md strong" onClick=${() => {
        isFollowing.current = true
        toEnd()
      }}><${Icon} name="down" size=${16} />${seen === newest ? 'Latest messages' : 'New messages'}</button>`
    }
  </div>`
}

/** Up and down move from message to message once one of them has the focus. */
function moveFocus(event: KeyboardEvent): void {
  const from = event.target
  if (!(from instanceof HTMLElement) || !from.matches('.message')) return
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.message')]
  const at = all.indexOf(from)
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
  if (next === undefined) return
  event.preventDefault()
  all[Math.max(0, Math.min(next, all.length - 1))]?.focus()
}
