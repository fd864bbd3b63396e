import type { StoredChannel, StoredPerson } from './state/seed.ts'

/** What Slack does to the three characters its markup is made of, and to nothing else. */
export const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
export const unescapeText = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

export type Compose = (typed: string) => string

const BROADCASTS = ['here', 'channel', 'everyone']
/** An address ends before the sentence's own punctuation; `&` may stand in it raw or already written as an entity. */
const LINK = String.raw`https?://(?:&amp;|&(?!(?:lt|gt);)|[^\s<>|&])*(?:&amp;|[^\s<>|&.,;:!?'")\]])`
const literally = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

/**
 * Turns what a person typed into what Slack stores: `@name` becomes `<@U…>`, `#channel` becomes `<#C…|name>`, addresses
 * become links, and every `&`, `<` and `>` that is not markup is escaped. What is already written Slack's way stays, as
 * Slack's own client sends it; a token that names nobody is only text.
 */
export function createCompose(people: Iterable<StoredPerson>, channels: Iterable<StoredChannel>): Compose {
  const named = new Map<string, string>(BROADCASTS.map((word) => [`@${word}`, `<!${word}>`]))
  const written = BROADCASTS.map((word) => `<!${word}>`)
  for (const { id, handle, realName } of people) {
    named.set(`@${handle}`.toLowerCase(), `<@${id}>`).set(`@${realName}`.toLowerCase(), `<@${id}>`)
    written.push(`<@${id}>`)
  }
  for (const { id, name, kind } of channels) {
    if (kind !== 'channel') continue
    named.set(`#${name}`.toLowerCase(), `<#${id}|${name}>`)
    written.push(`<#${id}|${name}>`)
  }
  const kept = `${written.map(literally).join('|')}|<https?://[^\\s<>|]+(?:\\|[^<>|]*)?>|&(?:amp|lt|gt);`
  const names = [...named.keys()].sort((a, b) => b.length - a.length).map(literally)
  // A name counts where a word could start and where it ends one: not in `me@hydrocore.example`.
  const special = new RegExp(
    String.raw`(?<kept>${kept})|(?<=^|[\s([{"'*_~])(?<name>${names.join('|')})(?![\p{L}\p{N}_])|(?<link>${LINK})|[&<>]`,
    'giu',
  )
  return (typed) =>
    typed.replaceAll(special, (found, ...rest) => {
      const { kept: asIs, name, link } = rest.at(-1) as { kept?: string; name?: string; link?: string }
      if (asIs !== undefined) return asIs
      if (name !== undefined) return named.get(name.toLowerCase()) ?? name
      return link === undefined ? escapeText(found) : `<${link.replaceAll(/&(?!(?:amp|lt|gt);)/g, '&amp;')}>`
    })
}

const TOKEN = /<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>/g

/** The `rich_text` block that Slack adds to whatever a person writes. */
export function richText(text: string, blockId: string): { type: 'rich_text'; block_id: string; elements: unknown[] } {
  const elements: unknown[] = []
  const plain = (piece: string) => {
    if (piece) elements.push({ type: 'text', text: unescapeText(piece) })
  }
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    plain(text.slice(end, match.index))
    const [whole, sign, target = '', label] = match
    if (sign === '@') elements.push({ type: 'user', user_id: target })
    else if (sign === '#') elements.push({ type: 'channel', channel_id: target })
    else if (sign === '!') elements.push({ type: 'broadcast', range: target })
    else elements.push({ type: 'link', url: unescapeText(target), ...(label ? { text: unescapeText(label) } : {}) })
    end = match.index + whole.length
  }
  plain(text.slice(end))
  return { type: 'rich_text', block_id: blockId, elements: [{ type: 'rich_text_section', elements }] }
}
