import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Device, DeviceBehaviour, Snapshot } from '../../contract.ts'
import { steerDevice } from '../acting.ts'
import { classes, html, typedIn } from '../html.ts'
import { remembered } from '../remembered.ts'
import { timeOf } from '../text/dates.ts'
import { Icon } from './icon.ts'

const BEHAVIOURS: Readonly<Record<DeviceBehaviour, string>> = {
  works: 'Works',
  fails: 'Fails',
  rejects: 'Rejects',
  late: 'Answers too late',
  silent: 'Says nothing',
  garbage: 'Sends garbage',
  repeats: 'Repeats itself',
}

type CardProps = { device: Device; codes: Snapshot['codes'] }

export const DeviceCard = remembered(({ device, codes }: CardProps): VNode => {
  const state = device.online ? 'Online' : 'Offline'
  const setPower = () => void steerDevice(device.id, { action: 'power', online: !device.online })
  const setBehaviour = (event: Event) => {
    const behaviour = (Object.keys(BEHAVIOURS) as DeviceBehaviour[]).find((each) => each === typedIn(event))
    if (behaviour) void steerDevice(device.id, { action: 'behave', behaviour })
  }
  return html`<section class="device card" aria-label=${device.id}>
    <header class="device-header">
      <span class=${classes('dot', device.online && 'is-online')} aria-hidden="true"></span>
      <h3>${device.id}</h3>
      <span class="device-state soft text-sm">${state}, firmware ${device.firmware || 'unknown'}</span>
      <button type="button" class="switch" role="switch" aria-checked=${device.online} aria-label=${`Power of ${device.id}`} title=${device.online ? 'Switch off' : 'Switch on'} onClick=${setPower}>
        <span class="switch-knob"></span></button>
    </header>
    <${RaisedCodes} device=${device} codes=${codes} />
    <label class="device-row row text-md"><span>Next commands</span>
      <select class="select field" aria-label=${`Behaviour of ${device.id}`} value=${device.behaviour} onChange=${setBehaviour}>
        ${Object.entries(BEHAVIOURS).map(([value, label]) => html`<option value=${value} selected=${value === device.behaviour}>${label}</option>`)}
      </select></label>
    <${DeviceLog} device=${device} />
  </section>`
})

function RaisedCodes({ device, codes }: CardProps): VNode {
  const free = codes.filter(({ code }) => !device.codes.includes(code))
  const [picked, setPicked] = useState('')
  const code = free.some((each) => each.code === picked) ? picked : (free[0]?.code ?? '')
  const problemOf = (wanted: string) => codes.find((each) => each.code === wanted)?.problem ?? ''
  return html`
    <div class="device-codes wrap" role="group" aria-label=${`Codes raised by ${device.id}`}>
      ${device.codes.length === 0 && html`<span class="soft text-md">No codes raised</span>`}
      ${device.codes.map(
        (
          each,
        ) => html`<span key=${each} class=${classes('chip code-chip toned', each.startsWith('W') ? 'is-warning' : 'is-error')} title=${problemOf(each)}>${each}
          <button type="button" aria-label=${`Clear ${each}`} title="Clear" onClick=${() => void steerDevice(device.id, { action: 'clear', code: each })}><${Icon} name="close" size=${12} /></button></span>`,
      )}
    </div>
    <div class="device-row row text-md">
      <select class="select field" aria-label=${`Code for ${device.id}`} value=${code} disabled=${free.length === 0} onChange=${(event: Event) => setPicked(typedIn(event))}>
        ${free.map((each) => html`<option key=${each.code} value=${each.code} selected=${each.code === code}>${`${each.code} ${each.problem}`}</option>`)}
      </select>
      <button type="button" class="button is-small" disabled=${code === ''} onClick=${() => void steerDevice(device.id, { action: 'raise', code })}>Raise</button>
    </div>
  `
}

function DeviceLog({ device }: { device: Device }): VNode {
  const list = useRef<HTMLOListElement>(null)
  const [isOpen, setOpen] = useState(true)
  useLayoutEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight
  }, [device.log, isOpen])
  if (device.log.length === 0) return html`<p class="soft text-md">Nothing heard or said yet</p>`
  return html`<details class="device-log" open=${isOpen} onToggle=${(event: Event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
    <summary class="text-md strong">Log <span class="soft text-md">${device.log.length}</span></summary>
    <ol ref=${list} tabindex="0" aria-label=${`Log of ${device.id}`}>
        ${device.log.map((entry) => html`<li><time datetime=${entry.at}>${timeLabel(entry.at)}</time><span>${entry.text}</span></li>`)}
      </ol>
  </details>`
}

function timeLabel(at: string): string {
  const when = new Date(at)
  return Number.isNaN(when.getTime()) ? '' : timeOf(when)
}
