import type { Catalog } from '../catalog/catalog.ts'

/** What a question names: codes in standard form and devices, each once and in order. */
export type NamedInQuestion = { codes: readonly string[]; devices: readonly string[] }

/** More codes than this are a paste, not a question; the rest is ignored. */
const MAX_CODES = 5
/** Longer text is cut for the model, never in the record. */
export const MAX_QUESTION_CHARS = 4_000

/** Phones and documents write a dash in many ways. */
const DASHES = /[\u2010-\u2015\u2212]/g
const DEVICE_LIKE = /\bHC[-\s]?5000[-\s_]?([A-Z])[-\s_]?(\d{4})(?!\w)/gi
const WORD = /[\p{L}\p{N}][\p{L}\p{N}_.:-]*[\p{L}\p{N}]/gu
const WORDED_CODE = /\b(error|err|warning|warn)(?:\s+code)?\s*(?:no\.?|number|#)?[\s:]*(\d{1,3})(?![\w-])/gi

type Found = {
  at: number
  code: string
  /** Written like nothing but a code; others (`e 2`, `error 2`) may mean something else if nobody knows the code. */
  isPlain: boolean
}

/** Finds codes and devices as people type them: `E-02`, `e2`, `E 02`, `w10`, `error 02`; `hc5000 a 1138`. */
export function parseQuestion(text: string, catalog: Catalog): NamedInQuestion {
  const words = text.slice(0, MAX_QUESTION_CHARS).normalize('NFKC').replace(DASHES, '-')
  const devices: { at: number; id: string }[] = []
  /** Replaced by blanks: a device isn't a code, and positions stay the same. */
  const take = (at: number, typed: string, id: string) => {
    devices.push({ at, id })
    return ' '.repeat(typed.length)
  }
  const rest = words
    .replace(DEVICE_LIKE, (typed: string, letter: string, digits: string, at: number) =>
      take(at, typed, `HC5000-${letter.toUpperCase()}-${digits}`),
    )
    .replace(WORD, (typed: string, at: number) => {
      const id = [typed, typed.toUpperCase()].find(catalog.isDeviceId)
      return id ? take(at, typed, id) : typed
    })
  const found = findCodes(rest, catalog)
  const isAnyMeant = found.some((one) => one.isPlain || catalog.find(one.code))
  const codes = found.filter(({ code, isPlain }) => isPlain || !isAnyMeant || catalog.find(code))
  return {
    codes: inOrder(codes.map(({ at, code }) => ({ at, name: code }))).slice(0, MAX_CODES),
    devices: inOrder(devices.map(({ at, id }) => ({ at, name: id }))),
  }
}

function findCodes(text: string, catalog: Catalog): Found[] {
  const parts = catalog.codes.map(({ code }) => code.split('-'))
  const prefixes = [...new Set(parts.map(([letters]) => letters))].join('|')
  const lengthOf = (part: 0 | 1) => Math.max(...parts.map((split) => split[part]?.length ?? 1))
  // With known letters the dash may be missing and case doesn't matter. Unknown letters count as a code only in its
  // exact form, no longer than real codes: `X-99`, but neither `UTF-8` nor the end of a device id.
  const known = new RegExp(`(?<![\\w-])(${prefixes})(\\s?[-._]?\\s?)(\\d{1,4})(?![\\w-])`, 'gi')
  const foreign = new RegExp(`(?<![\\w-])([A-Z]{1,${lengthOf(0)}})(-)(\\d{1,${lengthOf(1)}})(?![\\w-])`, 'g')
  const written = [...text.matchAll(known), ...text.matchAll(foreign)].map(
    ({ index: at, 1: letters = '', 2: between = '', 3: digits = '' }) => ({
      at,
      code: standardForm(letters.toUpperCase(), digits, catalog),
      isPlain: !/\s/.test(between),
    }),
  )
  const worded = [...text.matchAll(WORDED_CODE)].map(({ index: at, 1: word = '', 2: digits = '' }) => ({
    at,
    code: standardForm(word.charAt(0).toUpperCase(), digits, catalog),
    isPlain: false,
  }))
  return [...written, ...worded]
}

/** The catalog's spelling for known codes (`e2` is `E-02`, or `E-002` where codes have three digits). */
function standardForm(letters: string, digits: string, catalog: Catalog): string {
  const known = catalog.codes.find(({ code }) => {
    const [prefix, number] = code.split('-')
    return prefix === letters && Number(number) === Number(digits)
  })
  return known?.code ?? `${letters}-${String(Number(digits)).padStart(2, '0')}`
}

/** Each name once, by first occurrence. */
function inOrder(named: { at: number; name: string }[]): string[] {
  return [...new Set(named.sort((a, b) => a.at - b.at).map(({ name }) => name))]
}
