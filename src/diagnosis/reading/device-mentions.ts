import type { Catalog } from '../../catalog/catalog.ts'
import deviceWords from './data/device-words.json' with { type: 'json' }
import { anyOf } from './phrases.ts'

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
const WORD = /[\p{L}\p{N}][\p{L}\p{N}_.:-]*[\p{L}\p{N}]/gu
const ENDING = /(?<![\p{L}\p{N}])(?<![\d][.,:/-])(?<![+-])((?:[A-Z][- ]?)?\d{3,6})(?![\p{L}\p{N}])(?![.,:/-]\d)/giu
const WORDED = new RegExp(`${anyOf(deviceWords.before)}\\s*[#:]?\\s*$`, 'iu')
const LISTED = /(?<![\p{L}\p{N}])\d{3,6}\s*(?:,|and|und|y|et|e|&|\+|or|oder|\/)\s*$/iu
const UNIT_AFTER = new RegExp(`^\\s*(?:[%°]|${anyOf(deviceWords.unit)})`, 'iu')

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
    .replace(WORD, (typed: string, at: number) => {
      const id = [typed, typed.toUpperCase()].find(catalog.isDeviceId)
      return id ? take(at, typed, id) : typed
    })
  return { devices: devices.sort((a, b) => a.at - b.at), rest }
}

/** Numbers that may be the end of a device's id: which of them are, only the known devices tell. */
export function findShortDevices(text: string): ShortDeviceMention[] {
  const found: ShortDeviceMention[] = []
  for (const { index: at, 0: typed } of text.matchAll(ENDING)) {
    const end = at + typed.length
    const before = text.slice(0, at)
    if (UNIT_AFTER.test(text.slice(end)) || OTHER_NUMBER.test(before)) continue
    const isListed = LISTED.test(before) && (found.at(-1)?.isWorded ?? false)
    const isWorded = WORDED.test(before) || isListed
    found.push({ at, end, ending: typed.toUpperCase().replace(/[^A-Z0-9]/g, ''), typed, isWorded })
  }
  return found
}

/** A number of something else: a room, a firmware, a telephone. */
const OTHER_NUMBER = new RegExp(`(?:${anyOf(deviceWords.otherNumber)}\\s*[#:=]?|[=$€£]|\\d[ /-])\\s*$`, 'iu')
