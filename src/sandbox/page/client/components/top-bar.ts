import type { VNode } from 'preact'
import { html } from '../html.ts'
import { isDark, toggleTheme } from '../preferences.ts'
import { drawer, isSidebarOpen, isSwitcherOpen, room } from '../store.ts'
import { Icon } from './icon.ts'

const toggle = (wanted: 'devices' | 'about') => () => {
  drawer.value = drawer.value === wanted ? null : wanted
}

export function TopBar(): VNode {
  const ill = room.value?.devices.filter(({ codes, online }) => codes.length > 0 || !online).length ?? 0
  const themeLabel = isDark() ? 'Switch to the light theme' : 'Switch to the dark theme'
  return html`<header class="top-bar row">
    <button type="button" class="top-button frame-button only-small" aria-label="Conversations list" aria-expanded=${isSidebarOpen.value}
      onClick=${() => {
        isSidebarOpen.value = !isSidebarOpen.value
      }}><${Icon} name="menu" /></button>
    <button type="button" class="jump frame-button row text-md" aria-label="Jump to… (Ctrl K)" onClick=${() => {
      isSwitcherOpen.value = true
    }}><${Icon} name="search" size=${16} /><span class="jump-words clip grow">Jump to a conversation or a person</span><kbd>Ctrl K</kbd></button>
    <div class="top-tools">
      <button type="button" class="top-button frame-button" aria-label=${ill > 0 ? `Devices, needing attention: ${ill}` : 'Devices'}
        aria-pressed=${drawer.value === 'devices'} onClick=${toggle('devices')}>
        <${Icon} name="devices" /><span class="top-button-words">Devices</span>
        ${ill > 0 && html`<span class="count is-alert">${ill}</span>`}
      </button>
      <button type="button" class="top-button frame-button" aria-label="About this sandbox" title="About this sandbox" aria-pressed=${drawer.value === 'about'}
        onClick=${toggle('about')}><${Icon} name="info" /></button>
      <button type="button" class="top-button frame-button" aria-label=${themeLabel} title=${themeLabel} onClick=${toggleTheme}>
        <${Icon} name=${isDark() ? 'sun' : 'moon'} /></button>
    </div>
  </header>`
}
