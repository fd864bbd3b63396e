import type { Block, Message } from '../../../src/sandbox/page/contract.ts'
import { textIn } from '../../support/seat-reading.ts'

export type Button = {
  label: string
  /** What a press sends. */
  value: string
  /** The words of the dialog before it. */
  confirmation: string
}

/** What the bot posted after one message, as a person sees it. */
export type Reply = {
  /** The words that are not on a button. */
  text: string
  /** The words that a notification shows. */
  notification: string
  buttons: readonly Button[]
}

/** Puts all messages that answer one message together; null when there are none. */
export function readReply(messages: readonly Message[]): Reply | null {
  if (messages.length === 0) return null
  return {
    text: messages.map(shownText).join('\n'),
    notification: messages.map(({ text }) => text).join('\n'),
    buttons: messages.flatMap(({ blocks }) => blocks.flatMap(buttonsIn)),
  }
}

function shownText({ text, markdown, blocks }: Message): string {
  const words = blocks.map((block) => (isPressed(block) ? '' : textIn({ ...block, accessory: null }))).filter(Boolean)
  return [markdown, ...words].filter(Boolean).join('\n') || text
}

/** Rows of buttons and menus; the words of other blocks are read. */
function isPressed({ type }: Block): boolean {
  return type === 'actions' || type === 'context_actions'
}

function buttonsIn(value: unknown): Button[] {
  if (Array.isArray(value)) return value.flatMap(buttonsIn)
  if (typeof value !== 'object' || value === null) return []
  if ('type' in value && value.type === 'button') {
    const { text, value: sent, confirm } = value as Readonly<Record<string, unknown>>
    return [{ label: textIn({ text }), value: String(sent ?? ''), confirmation: textIn({ confirm }) }]
  }
  return Object.values(value).flatMap(buttonsIn)
}
