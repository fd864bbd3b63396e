import { z } from 'zod'

/** Text anywhere in Slack's blocks: a `text` that is a string, or an object that holds one. */
type Parsed = { readonly [key: string]: unknown } | readonly unknown[]

const Attachment = z.object({
  /** Set where the person forwarded a message. */
  is_share: z.boolean().nullish().catch(null),
  /** Set also where they only pasted a link to one. */
  is_msg_unfurl: z.boolean().nullish().catch(null),
  text: z.string().nullish().catch(null),
  fallback: z.string().nullish().catch(null),
  message_blocks: z.unknown().optional(),
  files: z.array(z.unknown()).nullish().catch(null),
})
type Attachment = z.infer<typeof Attachment>

const LINK = /<https?:[^>]*>|https?:\S+/g
/** `[5:14 AM] night-crew: ` in front of a fallback. */
const FALLBACK_PREFIX = /^\[[^\]]{1,40}\]\s*[^:\n]{1,80}:\s*/
/** Slack's own words where there is nothing to show. */
const NO_PREVIEW = '[no preview available]'
/** More than these isn't a question. */
const MAX_FORWARDED = 8

/**
 * What a message brings along: the text of forwarded messages, and of linked ones where the link is all there is. A
 * link in a sentence is a reference, and its preview isn't the person's question.
 */
export function parseForwarded(attachments: unknown, ownText: string): { text: string; hasFiles: boolean } {
  const isLinkAlone = ownText.replace(LINK, '').trim() === ''
  const forwarded = (Array.isArray(attachments) ? attachments : [])
    .flatMap((attachment) => Attachment.safeParse(attachment).data ?? [])
    .filter(({ is_share, is_msg_unfurl }) => is_share === true || (is_msg_unfurl === true && isLinkAlone))
    .slice(0, MAX_FORWARDED)
  return {
    text: forwarded.map(textOf).filter(Boolean).join('\n'),
    hasFiles: forwarded.some(({ files }) => (files?.length ?? 0) > 0),
  }
}

function textOf({ text, fallback, message_blocks }: Attachment): string {
  const shown = text?.trim() || textsIn(message_blocks).join(' ').trim()
  if (shown) return shown
  const described = fallback?.trim() ?? ''
  return described === NO_PREVIEW ? '' : described.replace(FALLBACK_PREFIX, '')
}

/** Deeper than any block Slack sends. */
const MAX_DEPTH = 16

/** The texts of blocks of any kind, in their order. */
function textsIn(value: unknown, depth = 0): string[] {
  if (!isParsed(value) || depth > MAX_DEPTH) return []
  if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, depth + 1))
  return Object.entries(value).flatMap(([key, one]) => {
    if (key === 'text' && typeof one === 'string') return one.trim() ? [one.trim()] : []
    return textsIn(one, depth + 1)
  })
}

function isParsed(value: unknown): value is Parsed {
  return typeof value === 'object' && value !== null
}
