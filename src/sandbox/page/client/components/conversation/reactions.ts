import type { VNode } from 'preact'
import type { Message, Reaction } from '../../../contract.ts'
import { react } from '../../acting.ts'
import { classes, html } from '../../html.ts'
import { displayName } from '../../room.ts'
import { person, viewerId } from '../../store.ts'
import { glyphOf, spokenName } from '../../text/emoji.ts'
import { ReactionPicker } from './reaction-picker.ts'

const namesOf = (reaction: Reaction): string => {
  const names = reaction.userIds.map((id) => (id === viewerId.value ? 'you' : displayName(person(id))))
  return new Intl.ListFormat('en').format(names)
}

export function Reactions({ message }: { message: Message }): VNode | null {
  const shown = message.reactions.filter(({ userIds }) => userIds.length > 0)
  if (shown.length === 0) return null
  return html`<div class="reactions wrap" role="group" aria-label="Reactions">
    ${shown.map((reaction) => {
      const isMine = reaction.userIds.includes(viewerId.value)
      const label = `${spokenName(reaction.name)}, ${reaction.userIds.length}, by ${namesOf(reaction)}`
      return html`<button type="button" key=${reaction.name} class=${classes('reaction', isMine && 'is-mine')} aria-pressed=${isMine}
        aria-label=${label} title=${`${namesOf(reaction)} reacted with :${reaction.name}:`}
        onClick=${() => react(message, reaction.name, !isMine)}>
        <span class="reaction-glyph" aria-hidden="true">${glyphOf(reaction.name) ?? `:${reaction.name}:`}</span>
        <span class="reaction-count">${reaction.userIds.length}</span></button>`
    })}
    <${ReactionPicker} message=${message} class="reaction is-adding" onHold=${null} />
  </div>`
}
