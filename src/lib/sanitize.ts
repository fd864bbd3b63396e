import { withoutHidden } from './hidden-text.ts'

/**
 * Foreign text on one line, without anything that would upset a database, a terminal or a reader; null when nothing is
 * left.
 */
export function sanitizeText(text: string, most: number): string | null {
  const line = withoutHidden(text)
    .replace(/[\s\p{Cc}\p{Cs}\p{Bidi_Control}]+/gu, ' ')
    .trim()
  return (line.length > most ? `${line.slice(0, most - 1).replace(/\p{Cs}$/u, '')}…` : line) || null
}
