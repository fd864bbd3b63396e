import { hashRank } from '../lib/hash.ts'

/** Values for the placeholders of a template; a template with a missing value isn't used. */
export type Placeholders = Readonly<Record<string, string | null>>

const BLANK = /\{(\w+)\}/g

/** Fills in `{code}`, `{device}` and so on; null when a value is missing. */
export function render(wording: string, blanks: Placeholders): string | null {
  let isComplete = true
  const text = wording.replace(BLANK, (_, name: string) => {
    const value = blanks[name] ?? null
    if (value === null) isComplete = false
    return value ?? ''
  })
  return isComplete ? text : null
}

/** The placeholders a template needs. */
export function placeholdersIn(wording: string): string[] {
  return [...wording.matchAll(BLANK)].map(([, name = '']) => name)
}

/** A code as people type it. `kind` and `number` are for prefixes with a well-known word: `error 02`. */
export function spellings(code: string): Placeholders {
  const [letters = '', digits = ''] = code.split('-')
  return {
    code,
    lower: code.toLowerCase(),
    joined: `${letters}${digits}`,
    spaced: `${letters} ${digits}`,
    short: `${letters.toLowerCase()}${Number(digits)}`,
    kind: KINDS[letters] ?? null,
    number: digits,
  }
}

const KINDS: Readonly<Record<string, string>> = { E: 'error', W: 'warning' }

/** One of the choices, stable per key: stateless chance, so that more rows don't change the others. */
export function choose<T>(choices: readonly T[], key: string): T | null {
  return choices[hashRank(key) % Math.max(choices.length, 1)] ?? null
}
