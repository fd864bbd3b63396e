import type { VNode } from 'preact'
import type { Person } from '../../contract.ts'
import { html } from '../html.ts'
import { displayName, type Room } from '../room.ts'
import { actAs, person } from '../store.ts'
import { Avatar, KindBadge } from './avatar.ts'
import { Icon } from './icon.ts'
import { Menu } from './menu.ts'

const row = (person: Person, size: number): VNode => html`
  <${Avatar} person=${person} size=${size} />
  <span class="lines grow"><span class="clip strong">${displayName(person)} <${KindBadge} person=${person} /></span>
    <span class="clip soft text-sm">${person.title}</span></span>
`

/** Who the viewer is: the sandbox lets one person play everybody. */
export function PersonMenu({ now }: { now: Room }): VNode {
  const viewer = person(now.viewerId)
  const items = now.people
    .filter(({ kind }) => kind !== 'bot')
    .map((each) => ({
      key: each.id,
      isChecked: each.id === now.viewerId,
      content: row(each, 32),
      onChoose: () => actAs(each.id),
    }))
  return html`<div class="sidebar-me">
    <${Menu} label=${`Acting as ${displayName(viewer)}`} class="me frame-button row" menuClass="people-menu" items=${items} heading="Act as">
      ${row(viewer, 36)}<${Icon} name="down" size=${16} />
    <//>
  </div>`
}
