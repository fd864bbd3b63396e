/**
 * Characters that are drawn as nothing, fill nothing, or turn the text around, and so can hide words from a reader that
 * a model still reads: soft hyphen, joiners and fillers, bidi controls, variation selectors, tags. From Unicode's
 * `Default_Ignorable_Code_Point`, without the two joiners (U+200C, U+200D) that Persian and emoji need.
 */
const RANGES = [
  ...['\\u{ad}', '\\u{34f}', '\\u{61c}', '\\u{115f}-\\u{1160}', '\\u{17b4}-\\u{17b5}', '\\u{180b}-\\u{180f}'],
  ...['\\u{200b}', '\\u{200e}-\\u{200f}', '\\u{202a}-\\u{202e}', '\\u{2060}-\\u{206f}', '\\u{3164}'],
  ...['\\u{fe00}-\\u{fe0f}', '\\u{feff}', '\\u{ffa0}', '\\u{fff9}-\\u{fffb}', '\\u{1bca0}-\\u{1bca3}'],
  ...['\\u{1d173}-\\u{1d17a}', '\\u{e0000}-\\u{e0fff}'],
]
const HIDDEN = new RegExp(`[${RANGES.join('')}]|\\p{Co}`, 'gu')

/** The text as a reader sees it. One rule for all that is taught, shown or compared. */
export function withoutHidden(text: string): string {
  return text.replace(HIDDEN, '')
}

/** Whether a text holds anything that a reader doesn't see. */
export function hasHidden(text: string): boolean {
  return withoutHidden(text) !== text
}
