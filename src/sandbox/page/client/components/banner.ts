import type { VNode } from 'preact'
import { html } from '../html.ts'
import { connection, retryNow, workspace } from '../store.ts'
import { Icon } from './icon.ts'

/** Says what is not connected; the live region stands always, so that its news is read out. */
export const Banner = (): VNode =>
  html`<div role="status" class="banner-place" aria-label="Connection">${words()}</div>`

function words(): VNode | null {
  if (connection.value === 'lost') {
    return html`<div class="banner row text-lg is-lost"><${Icon} name="plugOff" />
      <p><strong>The sandbox is not reachable.</strong> Reconnecting by itself; what you type is kept.</p>
      <button type="button" class="button is-small" onClick=${retryNow}>Try now</button></div>`
  }
  const app = workspace.value
  if (!app || app.appConnected) return null
  return html`<div class="banner row text-lg"><${Icon} name="plugOff" />
    <p><strong>${app.appName} is not connected.</strong> Messages stay here, but nobody answers until it is back.</p></div>`
}
