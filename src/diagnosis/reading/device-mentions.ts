import type { Catalog } from '../../catalog/catalog.ts'
import deviceWords from './data/device-words.json' with { type: 'json' }
import { anyOf, toLower, WORD } from './phrases.ts'

/** A device where it stands in a plain text: its id, or the end of one. */
export type DeviceMention = { at: number; end: number; id: string }
export type ShortDeviceMention = {
  at: number
  end: number
  /** Letters and digits of the end of an id, in capitals: `4417`, `K4417`. */
  ending: string
  typed: string
  /** Whether the words say that it's a device, so that an unknown one has to be asked about. */
  isWorded: boolean
}

const DEVICE_LIKE = /(?<!\p{L})HC[-\s]?5000[-\s_]?([A-Z])[-\s_]?(\d{4})(?!\d)/giu
const TOKEN = /[\p{L}\p{N}][\p{L}\p{N}_.:-]*[\p{L}\p{N}]/gu
const ENDING = new RegExp(
  `(?<![${WORD}])(?<!\\d[.,:/-])(?<![+-])((?:[a-z][- ]?)?\\d{3,6})(?![${WORD}])(?![.,:/-]\\d)`,
  'g',
)
const WORDED = new RegExp(`${anyOf(deviceWords.before)}\\s*[#:]?\\s*$`)
const LISTED = /(?<![a-z0-9])\d{3,6}\s*(?:,|and|und|y|et|e|&|\+|or|oder|\/)\s*$/
const UNIT_AFTER = new RegExp(`^\\s*(?:[%°]|${anyOf(deviceWords.unit)})`)

/** More than this are a list or an attack. */
const MAX_FOUND = 20
/** As far as the words around a number tell what it is. */
const CONTEXT_CHARS = 40

/** Ids as people type them, `hc5000 a 1138` too, and what is left of the text with blanks in their place. */
export function findDevices(text: string, catalog: Catalog): { devices: DeviceMention[]; rest: string } {
  const devices: DeviceMention[] = []
  /** Replaced by blanks: a device isn't a code, and positions stay the same. */
  const take = (at: number, typed: string, id: string) => {
    devices.push({ at, end: at + typed.length, id })
    return ' '.repeat(typed.length)
  }
  const rest = text
    .replace(DEVICE_LIKE, (typed: string, letter: string, digits: string, at: number) =>
      take(at, typed, `HC5000-${letter.toUpperCase()}-${digits}`),
    )
    .replace(TOKEN, (typed: string, at: number) => {
      const id = [typed, typed.toUpperCase()].find(catalog.isDeviceId)
      return id ? take(at, typed, id) : typed
    })
  return { devices: devices.sort((a, b) => a.at - b.at), rest }
}

/** Numbers that may be the end of a device's id: which of them are, only the known devices tell. */
export function findShortDevices(text: string): ShortDeviceMention[] {
  const found: ShortDeviceMention[] = []
  const lower = toLower(text)
  for (const { index: at, 0: match } of lower.matchAll(ENDING)) {
    if (found.length === MAX_FOUND) break
    const end = at + match.length
    const typed = text.slice(at, end)
    const before = lower.slice(Math.max(0, at - CONTEXT_CHARS), at)
    if (UNIT_AFTER.test(lower.slice(end, end + CONTEXT_CHARS)) || OTHER_NUMBER.test(before)) continue
    const isListed = LISTED.test(before) && (found.at(-1)?.isWorded ?? false)
    const isWorded = WORDED.test(before) || isListed
    found.push({ at, end, ending: typed.toUpperCase().replace(/[^A-Z0-9]/g, ''), typed, isWorded })
  }
  return found
}

/** A number of something else: a room, a firmware, a telephone. */
const OTHER_NUMBER = new RegExp(`(?:${anyOf(deviceWords.otherNumber)}\\s*[#:=]?|[=$€£]|\\d[ /-])\\s*$`)
