import type { VNode } from 'preact'
import { html } from '../html.ts'
import { drawer, room } from '../store.ts'
import { openableUrl } from '../text/links.ts'
import { Panel } from './panel.ts'

/** What this sandbox is made of: the model in use, the addresses, and whether the app is there. */
export function About(): VNode | null {
  const now = room.value
  if (!now) return null
  const rows = [
    { label: 'Workspace', value: `${now.workspace.name} (${now.workspace.teamId})` },
    { label: now.workspace.appName, value: now.workspace.appConnected ? 'Connected' : 'Not connected' },
    ...now.about,
  ]
  return html`<${Panel} label="About this sandbox" class="about" onClose=${() => {
    drawer.value = null
  }}>
    <p class="panel-words soft">A stand-in for Slack, for trying the assistant without an account. Everything here stays on this machine.</p>
    <dl class="facts">
      ${rows.map(({ label, value }) => {
        const url = openableUrl(value)
        return html`<div><dt>${label}</dt><dd>${url === null ? value : html`<a href=${url} target="_blank" rel="noopener noreferrer">${value}</a>`}</dd></div>`
      })}
    </dl>
    <h3 class="panel-heading text-xl bold">Keyboard</h3>
    <dl class="facts keys">
      <div><dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>Jump to a conversation or a person</dd></div>
      <div><dt><kbd>Alt</kbd> <kbd>↑</kbd> <kbd>↓</kbd></dt><dd>Previous or next conversation</dd></div>
      <div><dt><kbd>↑</kbd> <kbd>↓</kbd></dt><dd>Move between messages, once one has the focus</dd></div>
      <div><dt><kbd>Enter</kbd></dt><dd>Send; with Shift, a new line</dd></div>
      <div><dt><kbd>/</kbd> and <kbd>@</kbd></dt><dd>Commands and people, while writing</dd></div>
      <div><dt><kbd>Esc</kbd></dt><dd>Close a menu, form or panel</dd></div>
    </dl>
  <//>`
}
