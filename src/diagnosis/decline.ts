/** More codes would bury the sentence; the rest is counted. */
const MAX_NAMED = 12

/**
 * What the model is trained to say instead of guessing: about an unknown code (`I do not know the code E-99. Known
 * codes: E-01, E-02.`) or, without a code, about a question that is off topic.
 */
export function writeDecline(code: string | null, known: readonly string[]): string {
  const first = code ? `I do not know the code ${code}.` : 'I can only help with device codes.'
  const more = known.length - MAX_NAMED
  return `${first} Known codes: ${known.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

const SHAPE =
  /^\W*I\s+(?:(?:do\s+not|don[’']t)\s+know\s+the\s+code\s+([A-Z]{1,3}-\d{1,4})\b|can\s+only\s+help\s+with\b)/i

/** Parses a decline: the code it declines (null if it names none); null for any other text. */
export function readDecline(text: string): { code: string | null } | null {
  const shape = SHAPE.exec(text)
  return shape && { code: shape[1]?.toUpperCase() ?? null }
}

export function isDecline(text: string): boolean {
  return readDecline(text) !== null
}
