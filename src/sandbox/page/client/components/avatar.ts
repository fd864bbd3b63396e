import type { VNode } from 'preact'
import type { Person } from '../../contract.ts'
import { html } from '../html.ts'
import { displayName } from '../room.ts'

const initials = (name: string, most: number): string => {
  const words = name.split(/[\s._-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word))
  return words
    .slice(0, most)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('')
}

/** Dark letters on a light colour; the colours that are not plain hex get white ones. */
function inkOn(color: string): string {
  const hex = /^#([0-9a-f]{6})$/i.exec(color)?.[1]
  if (hex === undefined) return '#fff'
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  // The luminance at which black and white letters are equally readable.
  return luminance > 0.179 ? '#0b1e26' : '#fff'
}

export function Avatar({ person, size = 36 }: { person: Person; size?: number }): VNode {
  const style = { width: `${size}px`, height: `${size}px`, background: person.color, color: inkOn(person.color) }
  if (person.kind === 'bot') {
    return html`<span class="avatar" style=${{ ...style, color: '#fff' }} aria-hidden="true">
      <svg viewBox="0 0 32 32" width="72%" height="72%">
        <path d="M16 4c5.5 6.8 9 10.8 9 15a9 9 0 0 1-18 0C7 14.8 10.5 10.8 16 4z" fill="#fff" />
        <path d="M11 17.5h2.5l1.5-3 2.5 6 1.5-3h2" fill="none" stroke=${person.color} stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
      </svg>
    </span>`
  }
  return html`<span class="avatar" style=${{ ...style, fontSize: `${Math.round(size * (size < 26 ? 0.5 : 0.38))}px` }} aria-hidden="true">
    ${initials(displayName(person), size < 26 ? 1 : 2)}
  </span>`
}

export const KindBadge = ({ person }: { person: Person }): VNode | null =>
  person.kind === 'member' ? null : html`<span class="badge strong">${person.kind === 'bot' ? 'App' : 'Guest'}</span>`
