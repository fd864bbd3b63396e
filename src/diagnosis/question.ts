import type { Catalog } from '../catalog/catalog.ts'

/** What a person's words name: codes in their standard form, devices, each once and in the order of the text. */
export type Named = { codes: readonly string[]; devices: readonly string[] }

/** More codes than this in one message are a paste, not a question; the rest is not treated. */
const MOST_CODES = 5
/** No question needs more; a longer text is cut for the model, never for the record. */
export const MOST_QUESTION_CHARS = 4_000

const DEVICE_LIKE = /\bHC5000[-\s]?([A-Z])[-\s]?(\d{4})\b/gi
/** `E-99` in capitals and with a dash is meant as a code even when no device knows its letter. */
const STRICT_CODE = /\b([A-Z]{1,3})-(\d{1,4})\b/g
const WORDED_CODE = /\b(error|err|warning|warn)(?:\s+code)?\s*(?:no\.?|number|#)?[\s:]*(\d{1,3})\b/gi

/** Finds codes and devices as people type them: `E-02`, `e2`, `E 02`, `w10`, `error 02`; `hc5000 a 1138`. */
export function readNamed(text: string, catalog: Catalog): Named {
  const words = text.slice(0, MOST_QUESTION_CHARS)
  const devices = new Set<string>()
  const rest = words.replace(DEVICE_LIKE, (_, letter: string, digits: string) => {
    devices.add(`HC5000-${letter.toUpperCase()}-${digits}`)
    return ' '
  })
  const found: { at: number; code: string }[] = []
  for (const { index: at, 1: letters = '', 2: digits = '' } of [
    ...rest.matchAll(looseCode(catalog)),
    ...rest.matchAll(STRICT_CODE),
  ])
    found.push({ at, code: standardForm(letters.toUpperCase(), digits, catalog) })
  for (const { index: at, 1: word = '', 2: digits = '' } of rest.matchAll(WORDED_CODE))
    found.push({ at, code: standardForm(word.charAt(0).toUpperCase(), digits, catalog) })
  const codes = new Set(found.sort((a, b) => a.at - b.at).map(({ code }) => code))
  return { codes: [...codes].slice(0, MOST_CODES), devices: [...devices] }
}

/** The catalog's spelling where it knows the code (`e2` is `E-02`, or `E-002` where codes have three digits). */
function standardForm(letters: string, digits: string, catalog: Catalog): string {
  const known = catalog.codes.find(({ code }) => {
    const [prefix, number] = code.split('-')
    return prefix === letters && Number(number) === Number(digits)
  })
  return known?.code ?? `${letters}-${String(Number(digits)).padStart(2, '0')}`
}

/** With letters that the catalog knows, the dash may be missing and the case is free. */
function looseCode(catalog: Catalog): RegExp {
  const prefixes = [...new Set(catalog.codes.map(({ code }) => code.split('-')[0]))].join('|')
  return new RegExp(`(?<![\\w-])(${prefixes})[-\\s._]?(\\d{1,4})(?![\\w-])`, 'gi')
}
