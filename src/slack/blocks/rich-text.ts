import type { KnownBlock, RichTextBlock, RichTextText } from '@slack/types'

/**
 * The same message with its first plain section as rich text. Slack keeps a streamed message as rich text and rejects
 * an update that has none.
 */
export function withRichText(blocks: readonly KnownBlock[]): KnownBlock[] {
  const at = blocks.findIndex((block) => sectionText(block) !== null)
  return blocks.map((block, i) => (i === at ? toRichText(sectionText(block) ?? '') : block))
}

/** The text of a plain section; null if it has links, people or dates, which need `mrkdwn`. */
function sectionText(block: KnownBlock): string | null {
  if (block.type !== 'section' || block.text?.type !== 'mrkdwn') return null
  return block.text.text.includes('<') ? null : block.text.text
}

const MARKED = /(?<![\p{L}\p{N}])(?:\*([^*\n]+)\*|_([^_\n]+)_|`([^`\n]+)`)(?![\p{L}\p{N}])/gu

/** Parses the marks our own sections use: `*…*`, `_…_` and code. */
export function toRichText(mrkdwn: string): RichTextBlock {
  const elements: RichTextText[] = []
  const add = (text: string, style?: RichTextText['style']) => {
    if (text) elements.push({ type: 'text', text: decode(text), ...(style ? { style } : {}) })
  }
  let end = 0
  for (const found of mrkdwn.matchAll(MARKED)) {
    const [all, bold, italic, code] = found
    add(mrkdwn.slice(end, found.index))
    if (bold !== undefined) add(bold, { bold: true })
    else if (italic !== undefined) add(italic, { italic: true })
    else add(code ?? '', { code: true })
    end = found.index + all.length
  }
  add(mrkdwn.slice(end))
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }
}

function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
