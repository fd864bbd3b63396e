import { Fragment, type VNode } from 'preact'
import { html } from '../html.ts'
import { flagAt, isRecord, stringAt } from '../read.ts'
import { Mrkdwn, MrkdwnLine } from '../text/render.ts'
import { emojiAt } from '../text/slack-tokens.ts'

/** `plain_text`: words and emoji, nothing else; tokens and marks show as they are. */
export function PlainText({ text }: { text: string }): VNode {
  const out: string[] = []
  let at = 0
  while (at < text.length) {
    const emoji = text.charAt(at) === ':' ? emojiAt(text, at) : null
    out.push(emoji?.node.kind === 'emoji' ? emoji.node.glyph : text.charAt(at))
    at = emoji?.end ?? at + 1
  }
  return html`<${Fragment}>${out.join('')}<//>`
}

/** A text object of either type, in paragraphs. */
export function TextObject({ text }: { text: unknown }): VNode | null {
  if (!isRecord(text)) return null
  if (text.type === 'mrkdwn')
    return html`<${Mrkdwn} text=${stringAt(text, 'text')} verbatim=${flagAt(text, 'verbatim')} />`
  return html`<p class="plain"><${PlainText} text=${stringAt(text, 'text')} /></p>`
}

/** A text object of either type, inside a line. */
export function TextLine({ text }: { text: unknown }): VNode | null {
  if (typeof text === 'string') return html`<${PlainText} text=${text} />`
  if (!isRecord(text)) return null
  if (text.type === 'mrkdwn')
    return html`<${MrkdwnLine} text=${stringAt(text, 'text')} verbatim=${flagAt(text, 'verbatim')} />`
  return html`<${PlainText} text=${stringAt(text, 'text')} />`
}
