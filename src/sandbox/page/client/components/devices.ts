import type { VNode } from 'preact'
import { html } from '../html.ts'
import { drawer, room } from '../store.ts'
import { DeviceCard } from './device-card.ts'
import { Panel } from './panel.ts'

/** The simulated units: what they report, and how they are to behave. */
export function Devices(): VNode | null {
  const now = room.value
  if (!now) return null
  const online = now.devices.filter((device) => device.online).length
  return html`<${Panel} label="Devices" class="devices" detail=${`${online} of ${now.devices.length} online`} onClose=${() => {
    drawer.value = null
  }}>
    ${now.devices.length === 0 && html`<p class="empty soft">There are no simulated devices.</p>`}
    ${now.devices.map((device) => html`<${DeviceCard} key=${device.id} device=${device} codes=${now.codes} />`)}
  <//>`
}
