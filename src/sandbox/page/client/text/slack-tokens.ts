import type { Inline } from './ast.ts'
import { glyphOf } from './emoji.ts'
import { openableUrl } from './links.ts'

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

/** Slack encodes these three characters and no others. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity)

export const encodeEntities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const textNode = (text: string): Inline => ({ kind: 'text', text })

/** What stands between `<` and `>`: a mention, a date, or a link; null when Slack would not read it as one. */
export function angleToken(inner: string): Inline | null {
  const bar = inner.indexOf('|')
  const target = bar < 0 ? inner : inner.slice(0, bar)
  const label = bar < 0 ? null : decodeEntities(inner.slice(bar + 1))
  const id = target.slice(1)
  if (/^@[UW][A-Z0-9_]*$/.test(target)) return { kind: 'user', id, label }
  if (/^#[CG][A-Z0-9_]*$/.test(target)) return { kind: 'channel', id, label }
  if (/^!(?:channel|here|everyone)$/.test(target)) return { kind: 'broadcast', range: id }
  const group = /^!subteam\^([A-Z0-9]+)$/.exec(target)?.[1]
  if (group !== undefined) return { kind: 'usergroup', id: group, label }
  const date = /^!date\^(-?\d{1,12})\^([^^]*)(?:\^(.*))?$/.exec(target)
  if (date) {
    const [, seconds = '0', format = '', url] = date
    return {
      kind: 'date',
      seconds: Number(seconds),
      format: decodeEntities(format),
      fallback: label ?? decodeEntities(format),
      url: url === undefined ? null : openableUrl(decodeEntities(url)),
    }
  }
  if (target.startsWith('!')) return textNode(label ?? target)
  const url = openableUrl(decodeEntities(target))
  if (url === null) return null
  return { kind: 'link', url, children: [textNode(label ?? decodeEntities(target))] }
}

const EMOJI = /:([a-z0-9_+'-]{1,64})(?:::skin-tone-([2-6]))?:/y

/** `:name:` at this place, when the name is known. */
export function emojiAt(text: string, at: number): { node: Inline; end: number } | null {
  EMOJI.lastIndex = at
  const found = EMOJI.exec(text)
  if (!found) return null
  const [whole, base = '', tone] = found
  const name = tone === undefined ? base : `${base}::skin-tone-${tone}`
  const glyph = glyphOf(name)
  return glyph === null ? null : { node: { kind: 'emoji', name, glyph }, end: at + whole.length }
}

const BARE_URL = /https?:\/\/[^\s<>"`|]+/y

/** A bare address at this place, without the punctuation that ends a sentence. */
export function bareUrlAt(text: string, at: number): { node: Inline; end: number } | null {
  BARE_URL.lastIndex = at
  const found = BARE_URL.exec(text)?.[0].replace(/(?:&(?:gt|lt);.*|[.,;:!?'*_~]+)$/, '')
  const raw = found && !found.includes('(') ? found.replace(/\)+$/, '') : found
  if (!raw) return null
  const shown = decodeEntities(raw)
  const url = openableUrl(shown)
  return url === null ? null : { node: { kind: 'link', url, children: [textNode(shown)] }, end: at + raw.length }
}
