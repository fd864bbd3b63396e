/**
 * Escapes text from people, models and devices for Slack. Slack parses `<…>` as mentions, channels and links, in
 * `mrkdwn` and in markdown, so no foreign text may keep its angle brackets.
 */

import { withoutHidden } from '../../lib/hidden-text.ts'

/** Control characters other than newlines and tabs, and invisible ones that reorder or hide the text around them. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}]/gu
/**
 * Slack links bare URLs by itself; a zero-width space after the colon keeps them plain text. A web address counts even
 * inside a word; "hotel:5" and "profile:2" stay as they are.
 */
const ADDRESS = /(https?|(?<![a-z])(?:mailto|ftp|slack|tel|file|javascript)):(?=\S)/gi
const MARKDOWN_LINK = /\]\(/g
/** Marks for bold, italic, strikethrough and code. */
const MARKS = /[*_~`]/g
const WORKING_MARKS = /[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu
const MARK_TWINS: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' }

/** Foreign text in a `mrkdwn` object or a message's `text`. */
export function escapeMrkdwn(text: string): string {
  return defuse(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Foreign text to be shown literally: no mark in it works. Inside a name such as CLEAN_TURB none would. */
export function escapeLiteral(text: string): string {
  return escapeMrkdwn(text.replace(WORKING_MARKS, (mark) => MARK_TWINS[mark] ?? mark))
}

/** Foreign text in a markdown block or a stream: `&` stays, since Slack doesn't decode entities there. */
export function escapeMarkdown(text: string): string {
  return defuse(text).replaceAll('<', '‹').replaceAll('>', '›')
}

/** Foreign text inside `code`, where only the closing backtick matters. */
export function escapeCode(text: string): string {
  return escapeMrkdwn(text.replaceAll('`', 'ˋ').replace(/\s+/g, ' '))
}

/** Foreign text between our own marks, such as `*…*`: its marks become look-alikes. */
export function escapeMarked(text: string): string {
  return escapeMrkdwn(text.replace(MARKS, (mark) => MARK_TWINS[mark] ?? mark))
}

/** Foreign text for a `plain_text` object, where Slack only parses emoji names. */
export function plain(text: string): string {
  return withoutHidden(text.toWellFormed()).replace(UNSEEN, '')
}

/** A person's text as they typed it: entities decoded, and NUL removed, which PostgreSQL can't store. */
export function unescapeSlack(text: string): string {
  return text.replaceAll('\0', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** Truncates to at most `most` UTF-16 units with an ellipsis, never inside a surrogate pair or an entity. */
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
