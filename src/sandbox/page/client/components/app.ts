import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { classes, html } from '../html.ts'
import { place } from '../place.ts'
import { drawer, isEntered, isSidebarOpen, isSwitcherOpen } from '../store.ts'
import { About } from './about.ts'
import { Banner } from './banner.ts'
import { ConfirmDialog } from './confirm.ts'
import { Conversation } from './conversation/conversation.ts'
import { ThreadPanel } from './conversation/thread-panel.ts'
import { Devices } from './devices.ts'
import { Home } from './home.ts'
import { ModalStack } from './modal.ts'
import { moveBy, Sidebar } from './sidebar.ts'
import { Switcher } from './switcher.ts'
import { Toasts } from './toasts.ts'
import { TopBar } from './top-bar.ts'

/** The whole page: a frame with the conversations at the left, the one that is open, and drawers at the right. */
export function App(): VNode {
  useEffect(() => {
    addEventListener('keydown', onShortcut)
    return () => removeEventListener('keydown', onShortcut)
  }, [])
  const here = place.value
  const thread = here.page === 'channel' ? here.thread : null
  return html`
    <a class="skip" href="#conversation" onClick=${skipToConversation}>Skip to the conversation</a>
    <div class=${classes('frame', isSidebarOpen.value && 'shows-sidebar', drawer.value !== null && 'has-drawer', thread !== null && 'has-thread')}>
      <${TopBar} />
      <${Sidebar} />
      <div class="scrim" onClick=${() => {
        isSidebarOpen.value = false
      }}></div>
      <div class="stage column">
        <${Banner} />
        <div class="stage-panels grow">
          ${!isEntered.value ? html`<${Loading} />` : here.page === 'home' ? html`<${Home} />` : html`<${Conversation} />`}
          ${isEntered.value && here.page === 'channel' && thread !== null && html`<${ThreadPanel} key=${`${here.id}/${thread}`} channelId=${here.id} rootTs=${thread} />`}
          ${isEntered.value && drawer.value === 'devices' && html`<${Devices} />`}
          ${isEntered.value && drawer.value === 'about' && html`<${About} />`}
        </div>
      </div>
    </div>
    <${ModalStack} />
    <${ConfirmDialog} />
    ${isSwitcherOpen.value && html`<${Switcher} />`}
    <${Toasts} />
  `
}

const Loading = (): VNode => html`
  <main class="panel column conversation is-loading" aria-busy="true" aria-label="Loading">
    <div class="skeleton">${[72, 48, 84, 60].map((width) => html`<span style=${{ width: `${width}%` }}></span>`)}</div>
  </main>
`

function skipToConversation(event: Event): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('[data-composer]')?.focus()
}

function onShortcut(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault()
    if (!document.querySelector('dialog[open]') || isSwitcherOpen.value) isSwitcherOpen.value = !isSwitcherOpen.value
  } else if (event.key === 'Escape' && isSidebarOpen.value) {
    isSidebarOpen.value = false
  } else if (event.altKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault()
    moveBy(event.key === 'ArrowDown' ? 1 : -1)
  }
}
