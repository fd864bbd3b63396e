import asking from './data/asking.json' with { type: 'json' }
import { choose, fill, spellings } from './wording.ts'

/**
 * A question about a code in one of the ways people ask, always the same one for the same key: where a question is
 * needed and nobody's own words may be used. No device is named in it.
 */
export function askAbout(code: string, key: string): string {
  const blanks = { ...spellings(code), device: null }
  const ways = asking.code.flatMap(({ texts }) => texts.map((text) => fill(text, blanks)))
  return (
    choose(
      ways.filter((way) => way !== null),
      key,
    ) ?? code
  )
}

/** The plainest question about a code, for people to read. */
export function askPlainly(code: string): string {
  const [plain = '{code}'] = asking.code.find(({ way }) => way === 'meaning')?.texts ?? []
  return fill(plain, spellings(code)) ?? code
}
