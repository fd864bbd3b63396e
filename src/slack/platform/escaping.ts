/**
 * Text from people, models and devices on its way into Slack. Slack reads `<…>` as mentions, channels and links, in
 * `mrkdwn` and in markdown alike, so nothing foreign may keep its angle brackets.
 */

/** Control characters (but not line ends and tabs), and the invisible ones that turn or hide the text around them. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}]/gu
/**
 * Slack links bare addresses by itself; a zero-width space after the scheme's colon keeps them plain text. A web address
 * counts also where it is glued to a word; "hotel:5" and "profile:2" stay what they are.
 */
const ADDRESS = /(https?|(?<![a-z])(?:mailto|ftp|slack|tel|file|javascript)):(?=\S)/gi
const MARKDOWN_LINK = /\]\(/g
/** Marks that would turn the text bold, slanted, struck or to code. */
const MARKS = /[*_~`]/g
const WORKING_MARKS = /[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu
const MARK_TWINS: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' }

/** Foreign text inside a `mrkdwn` object or a message's `text`. */
export function escapeMrkdwn(text: string): string {
  return defuse(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Foreign text that has to be read as it is: no mark in it works. Inside a name such as CLEAN_TURB none would. */
export function escapeLiteral(text: string): string {
  return escapeMrkdwn(text.replace(WORKING_MARKS, (mark) => MARK_TWINS[mark] ?? mark))
}

/** Foreign text inside a markdown block or a stream: `&` stays, since Slack does not decode there. */
export function escapeMarkdown(text: string): string {
  return defuse(text).replaceAll('<', '‹').replaceAll('>', '›')
}

/** Foreign text inside `code`, where nothing but the closing backtick is read. */
export function escapeCode(text: string): string {
  return escapeMrkdwn(text.replaceAll('`', 'ˋ').replace(/\s+/g, ' '))
}

/** Foreign text between marks of ours, such as `*…*`: its own marks become look-alikes. */
export function escapeMarked(text: string): string {
  return escapeMrkdwn(text.replace(MARKS, (mark) => MARK_TWINS[mark] ?? mark))
}

/** Foreign text for a `plain_text` object, where Slack reads emoji names only. */
export function plain(text: string): string {
  return text.toWellFormed().replace(UNSEEN, '')
}

/** What Slack sent as a person's words, as the person typed them: entities decoded; NUL, which no database keeps, gone. */
export function unescapeSlack(text: string): string {
  return text.replaceAll('\0', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** Cuts to at most `most` UTF-16 units with an ellipsis, never through a surrogate pair or an entity. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text
    .slice(0, most - 1)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/&[a-z]{0,3}$/, '')}…`
}

function defuse(text: string): string {
  return plain(text).replace(ADDRESS, '$1:\u200b').replace(MARKDOWN_LINK, '] (')
}
