import asking from './data/asking.json' with { type: 'json' }
import { choose, type Placeholders, placeholdersIn, render, spellings } from './question-templates.ts'

const WAYS = asking.code.flatMap(({ texts }) => texts.map((text) => ({ text, blanks: placeholdersIn(text) })))

/**
 * A question about a code in one of the ways people ask, stable per key: for places that need a question where nobody's
 * own words may be used. It names no device.
 */
export function askAbout(code: string, key: string): string {
  const known: Placeholders = { ...spellings(code), device: null }
  const usable = WAYS.filter(({ blanks }) => blanks.every((name) => (known[name] ?? null) !== null))
  const way = choose(usable, key)
  return (way && render(way.text, known)) ?? code
}

/** The template whose first wording is the plainest. */
export const PLAIN_WAY = 'meaning'

/** The plainest question about a code: for people to read, and for the model when a question named several. */
export function askPlainly(code: string): string {
  const [plain = '{code}'] = asking.code.find(({ way }) => way === PLAIN_WAY)?.texts ?? []
  return render(plain, spellings(code)) ?? code
}
