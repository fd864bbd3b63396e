import type { Catalog } from '../../catalog/catalog.ts'
import { type Act, readAct, type Tone, toneOf } from './act.ts'
import { createActionWords } from './action-words.ts'
import { createCodeFinder } from './code-mentions.ts'
import { findDevices, findShortDevices, type ShortDeviceMention } from './device-mentions.ts'
import { toLower } from './phrases.ts'
import { toPlainText } from './plain-text.ts'
import { rolesOf } from './roles.ts'

/** A code the words name, in the catalog's spelling where it's known. */
export type NamedCode = { code: string; typed: string; isKnown: boolean }

/** A device by its id, or by the end of one (`4417`), which only the known devices can complete. */
export type NamedDevice =
  | { kind: 'id'; id: string }
  | { kind: 'ending'; ending: string; typed: string; isWorded: boolean }

/** What one message says, before anybody is asked. */
export type Reading = {
  /** The codes it asks about, in order. */
  asked: readonly NamedCode[]
  /** Codes it names to say that it isn't those, or that they are over. */
  denied: readonly string[]
  past: readonly string[]
  devices: readonly NamedDevice[]
  /** Which devices each asked code stands with (indexes into `devices`); null where the words pair none. */
  pairs: ReadonlyMap<string, readonly number[]> | null
  act: Act
  tone: Tone
  /** Known codes whose action the words say was done: "cleaned it twice". */
  doneFor: readonly string[]
}

/** More codes than this are a paste, not a question; the rest is ignored. */
export const MAX_CODES = 5
const MAX_DEVICES = 10
/** A message of a few words is a report, whatever words are missing. */
const TERSE_WORDS = 4

type Readers = { codes: ReturnType<typeof createCodeFinder>; actions: ReturnType<typeof createActionWords> }
const readers = new WeakMap<Catalog, Readers>()

/** Reads a message without asking anybody: pure, and in time linear to the text. */
export function readMessage(text: string, catalog: Catalog): Reading {
  const { codes: findCodes, actions } = readersOf(catalog)
  const plain = toPlainText(text)
  const lower = toLower(plain)
  const { devices: full, rest } = findDevices(plain, catalog)
  const isTerse = rest.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length <= TERSE_WORDS
  const found = findCodes(rest, { isTerse, hasDevice: full.length > 0 })
  const roles = rolesOf(
    lower,
    found.map(({ at, end, code }) => ({ at, end, name: code })),
    'code',
  )
  const named = [...new Map(found.map((one) => [one.code, one])).values()]
  const withRole = (role: string) => named.filter(({ code }) => roles.get(code) === role).map(({ code }) => code)
  const masked = found.reduce((left, { at, end }) => blank(left, at, end), rest)
  const short = findShortDevices(masked)
  const said = toLower(masked)
  const deviceRoles = rolesOf(
    lower,
    [...full, ...short].sort((a, b) => a.at - b.at).map((one) => ({ at: one.at, end: one.end, name: nameOf(one) })),
    'device',
  )
  const places = [...full, ...short]
    .sort((a, b) => a.at - b.at)
    .filter((one) => deviceRoles.get(nameOf(one)) !== 'denied')
  const devices = [...new Map(places.map((one) => [nameOf(one), toDevice(one)])).entries()].slice(0, MAX_DEVICES)
  const index = new Map(devices.map(([name], i) => [name, i]))
  const asked = found.filter(({ code }) => roles.get(code) === 'asked')
  return {
    asked: [...new Map(asked.map((one) => [one.code, toCode(one)])).values()].slice(0, MAX_CODES),
    denied: withRole('denied'),
    past: withRole('past'),
    devices: devices.map(([, device]) => device),
    pairs: pairsOf(plain, asked, places, index),
    act: readAct(said),
    tone: toneOf(said),
    doneFor: actions(said),
  }
}

function readersOf(catalog: Catalog): Readers {
  const made = readers.get(catalog) ?? { codes: createCodeFinder(catalog), actions: createActionWords(catalog) }
  readers.set(catalog, made)
  return made
}

type Place = { at: number; end: number; id: string } | ShortDeviceMention

const nameOf = (one: Place) => ('id' in one ? one.id : one.ending)

function toDevice(one: Place): NamedDevice {
  if ('id' in one) return { kind: 'id', id: one.id }
  return { kind: 'ending', ending: one.ending, typed: one.typed, isWorded: one.isWorded }
}

function toCode({ code, typed, isKnown }: NamedCode): NamedCode {
  return { code, typed, isKnown }
}

function blank(text: string, at: number, end: number): string {
  return text.slice(0, at) + ' '.repeat(end - at) + text.slice(end)
}

const CLAUSE = /[.!?…](?=\s)|[\n;,:]|\s(?:and|und|y|et|e|while|but|aber|pero|mais|mas)\s/gi

/** "E-02 on A, E-05 on B": each clause with both pairs them, where every code stands in such a clause. */
function pairsOf(
  text: string,
  codes: readonly { at: number; code: string }[],
  devices: readonly Place[],
  index: ReadonlyMap<string, number>,
): Map<string, number[]> | null {
  if (new Set(codes.map(({ code }) => code)).size < 2 || index.size < 2) return null
  const ends = [...text.matchAll(CLAUSE)].map(({ index: at }) => at)
  const clauseOf = (at: number) => ends.filter((end) => end < at).length
  const pairs = new Map<string, number[]>()
  for (const { at, code } of codes) {
    const here = devices.filter((device) => clauseOf(device.at) === clauseOf(at))
    const found = here.flatMap((device) => index.get(nameOf(device)) ?? [])
    pairs.set(code, [...new Set([...(pairs.get(code) ?? []), ...found])])
  }
  return [...pairs.values()].every((found) => found.length > 0) ? pairs : null
}
