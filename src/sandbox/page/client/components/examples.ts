import type { VNode } from 'preact'
import type { Channel } from '../../contract.ts'
import { draftKey, draftOf, setDraft } from '../drafts.ts'
import { html } from '../html.ts'
import type { Room } from '../room.ts'

/** Questions to begin with, about what the simulated units report right now; a press writes one, and does not send it. */
export function Examples({ now, channel }: { now: Room; channel: Channel }): VNode | null {
  const ill = now.devices.find(({ codes }) => codes.length > 0) ?? now.devices[0]
  const code = ill?.codes[0] ?? now.codes[0]?.code
  const other = now.codes.findLast((each) => each.code !== code)?.code
  const examples = [
    ...(ill && code ? [`My HydroCore unit ${ill.id} is showing error ${code}. What's wrong?`] : []),
    ...(other ? [`What does ${other} mean?`] : []),
    ...(code && now.commands[0] ? [`${now.commands[0].command} ${code}`] : []),
  ]
  if (examples.length === 0) return null
  const write = (event: Event, text: string) => {
    const key = draftKey(now.viewerId, channel.id, null)
    setDraft(key, [draftOf(key), text].filter(Boolean).join('\n'))
    const conversation = (event.currentTarget as HTMLElement).closest('[data-conversation]')
    conversation?.querySelector<HTMLElement>('.conversation > .composer [data-composer]')?.focus()
  }
  return html`<div class="examples wrap" role="group" aria-label="Questions to begin with">
    ${examples.map((text) => html`<button type="button" key=${text} onClick=${(event: Event) => write(event, text)}>${text}</button>`)}
  </div>`
}
