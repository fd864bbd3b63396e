import type { Button, ConfirmationDialog, KnownBlock, PlainTextElement, SectionBlock } from '@slack/types'
import { cut, escapeCode, plain } from '../platform/escaping.ts'
import { LIMITS } from './limits.ts'

/** Small builders shared by messages and views; each keeps its text within Slack's limits. */

export function plainText(text: string, most: number = LIMITS.buttonText): PlainTextElement {
  return { type: 'plain_text', text: cut(plain(text), most), emoji: true }
}

/** `text` is our own mrkdwn, with foreign parts already escaped. Bare URLs in it stay plain text. */
export function section(text: string, blockId?: string): SectionBlock {
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: cut(text, LIMITS.sectionText), verbatim: true },
    ...(blockId ? { block_id: blockId } : {}),
  }
}

export function context(...lines: string[]): KnownBlock {
  return {
    type: 'context',
    elements: lines
      .slice(0, LIMITS.contextElements)
      .map((text) => ({ type: 'mrkdwn', text: cut(text, LIMITS.sectionText), verbatim: true })),
  }
}

export function header(text: string): KnownBlock {
  return { type: 'header', text: plainText(text, LIMITS.headerText) }
}

/** The value of a button is an id to look up, never a decision. */
export function button(text: string, actionId: string, value: string, more: Partial<Button> = {}): Button {
  return { type: 'button', text: plainText(text), action_id: actionId, value, ...more }
}

export function confirmation(title: string, text: string, confirm: string): ConfirmationDialog {
  return {
    title: plainText(title, LIMITS.confirmTitle),
    text: plainText(text, LIMITS.confirmText),
    confirm: plainText(confirm, LIMITS.confirmButton),
    deny: plainText('Not now', LIMITS.confirmButton),
  }
}

const SLACK_USER = /^[UW][A-Z0-9]{6,}$/

/** A Slack user by mention; somebody who acted at the terminal by name. */
export function personOf(id: string): string {
  return SLACK_USER.test(id) ? `<@${id}>` : `\`${escapeCode(cut(id, 80))}\``
}
