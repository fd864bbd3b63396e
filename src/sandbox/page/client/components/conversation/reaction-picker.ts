import type { VNode } from 'preact'
import type { Message } from '../../../contract.ts'
import { react } from '../../acting.ts'
import { html } from '../../html.ts'
import { viewerId } from '../../store.ts'
import { glyphOf, QUICK_REACTIONS, spokenName } from '../../text/emoji.ts'
import { Icon } from '../icon.ts'
import { Menu } from '../menu.ts'

type PickerProps = { message: Message; class: string; onHold: ((isOpen: boolean) => void) | null }

/** The few reactions that matter here, one click away; choosing one that is already given takes it back. */
export function ReactionPicker({ message, class: name, onHold }: PickerProps): VNode {
  const viewer = viewerId.value
  const isGiven = (reaction: string) =>
    message.reactions.some((each) => each.name.split('::')[0] === reaction && each.userIds.includes(viewer))
  const items = QUICK_REACTIONS.map((reaction) => ({
    key: reaction,
    content: html`<span class="picker-glyph" role="img" aria-label=${spokenName(reaction)} title=${`:${reaction}:`}>${glyphOf(reaction)}</span>`,
    onChoose: () => react(message, reaction, !isGiven(reaction)),
  }))
  return html`<${Menu} label="Add reaction" tooltip="Add reaction" class=${name} menuClass="picker" items=${items} align="end" onOpenChange=${onHold ?? undefined}>
    <${Icon} name="smile" size=${18} />
  <//>`
}
