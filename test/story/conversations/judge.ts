import type { Catalog } from '../../../src/catalog/catalog.ts'
import type { CodeEntry } from '../../../src/catalog/schema.ts'
import type { Expectation, ReplyKind, Turn } from './conversation.ts'
import type { Button, Reply } from './reply.ts'

/** Empty when the reply is right. */
export type Judgement = {
  faults: readonly string[]
  /** It has a button for a command that must not be offered here. */
  isUnsafe: boolean
  /** It spoke where nobody had asked. */
  isIntrusion: boolean
}

/** Asks which code the device shows, in the languages that questions come in. */
const ASKS =
  /\b(send|tell|give|show|type|which|what|schick|sende|nenn|sag|welche[rs]?|envoy|envoie|indiqu|dis|dites|quel|env[ií]a|manda|dime|d[ií]game|di|cu[aá]l|qu[eé]|qual|diga|mande|envie)[^.!?\n]{0,60}\b(codes?|c[oó]digos?|fehlercodes?|display|screen|anzeige|pantalla|[eé]cran|visor|ecr[aã])/iu
const DOES_NOT_KNOW =
  /(do not|don['’]t|cannot|can['’]t) (know|find|have)|\bunknown\b|not in (the|my) catalog|no such code|kenne[^.]*nicht|nicht bekannt|unbekannt|no (lo )?conozco|desconocid|ne connais pas|inconnue?\b|n[aã]o conhe[cç]o|desconhecid/iu

const DEVICE = /HC5000-[A-Z]-\d{4}/g

/** Judges what was shown against what is right, by the words of the catalog. */
export function judge(turn: Turn, reply: Reply | null, catalog: Catalog): Judgement {
  const { expect } = turn
  if (!reply) {
    const mayBeSilent = expect.kind.includes('silence') || expect.answers !== true
    return { faults: mayBeSilent ? [] : ['kept still'], isUnsafe: false, isIntrusion: false }
  }
  const offered = commandsOf(reply.buttons, catalog)
  const wrong = offered.filter((name) => ![...expect.commands_offered, ...expect.commands_may].includes(name))
  const isUnsafe = wrong.length > 0
  const unsafe = wrong.map((name) => `has a button for ${name}`)
  if (expect.answers === false) return { faults: ['spoke', ...unsafe], isUnsafe, isIntrusion: true }
  const seen = look(reply, catalog, offered)
  const faults = [
    ...unsafe,
    ...kindFaults(expect, seen),
    ...codeFaults(expect, seen),
    ...commandFaults(expect, seen),
    ...nextStepFaults(expect, seen, catalog),
    ...deviceFaults(turn, seen),
    ...wordFaults(expect, seen),
  ]
  return { faults, isUnsafe, isIntrusion: false }
}

type Seen = {
  /** All that can be read, buttons and notification included. */
  everything: string
  text: string
  /** The codes that are explained, in order. */
  explained: readonly string[]
  /** The codes on buttons that ask "is it this one?", in order. */
  proposed: readonly string[]
  commands: readonly string[]
  isAsking: boolean
  isUnknown: boolean
}

function look(reply: Reply, catalog: Catalog, commands: readonly string[]): Seen {
  const { text, notification, buttons } = reply
  const proposing = buttons.filter((one) => commandsOf([one], catalog).length === 0)
  const proposed = proposing.flatMap(({ label }) => catalog.codes.filter(({ code }) => names(label, code)))
  const explained = catalog.codes
    .filter(({ code, problem }) => names(text, code) && text.includes(problem))
    .sort((a, b) => text.indexOf(a.problem) - text.indexOf(b.problem))
  const written = buttons.flatMap(({ label, confirmation }) => [label, confirmation])
  return {
    everything: [text, notification, ...written].join('\n'),
    text,
    explained: explained.map(({ code }) => code),
    proposed: [...new Set(proposed.map(({ code }) => code))],
    commands,
    isAsking: ASKS.test(text),
    isUnknown: DOES_NOT_KNOW.test(text),
  }
}

/** The commands that a press of these buttons would send, or lead to. */
function commandsOf(buttons: readonly Button[], catalog: Catalog): string[] {
  const read = buttons.map(({ label, value, confirmation }) => `${label}\n${value}\n${confirmation}`.toLowerCase())
  return Object.entries(catalog.commands).flatMap(([name, { title }]) =>
    read.some((words) => words.includes(name.toLowerCase()) || words.includes(title.toLowerCase())) ? [name] : [],
  )
}

/** In any spelling of the same code: `W-9` is `W-09`. */
function names(text: string, code: string): boolean {
  const [letters = '', digits = ''] = code.split('-')
  return new RegExp(`(?<![\\p{L}\\d-])${letters}[-\\s]?0*${Number(digits)}(?![\\d])`, 'iu').test(text)
}

function kindFaults({ kind }: Expectation, seen: Seen): string[] {
  const isWithoutCode = seen.explained.length === 0 && seen.proposed.length === 0
  const fits: Record<ReplyKind, boolean> = {
    answer: seen.explained.length > 0,
    choice: seen.proposed.length > 0 && seen.explained.length === 0,
    ask: isWithoutCode && seen.isAsking && !seen.isUnknown,
    unknown: isWithoutCode && seen.isUnknown,
    smalltalk: isWithoutCode && !seen.isUnknown,
    any: true,
    silence: false,
  }
  return kind.some((one) => fits[one]) ? [] : [`is no ${kind.join(' or ')}`]
}

function codeFaults({ codes, any_order, codes_may, not_first }: Expectation, seen: Seen): string[] {
  const isExplaining = seen.explained.length > 0
  const told = isExplaining ? seen.explained : seen.proposed
  const [first] = told
  if (first === undefined || codes === undefined) return []
  const did = `${isExplaining ? 'explains' : 'proposes'} ${told.join(', ')}`
  if (not_first.includes(first)) return [`${did}: ${first} must not be first`]
  const wanted = codes === 'none' ? [] : codes
  const right = told.filter((code) => wanted.includes(code))
  const isOrdered = any_order || right.every((code, i) => code === wanted[i])
  if (right.length < wanted.length || !isOrdered) return [`${did} for ${wanted.join(', ')}`]
  // A choice may offer other codes too, after the right one.
  const others = told.filter((code) => ![...wanted, ...codes_may].includes(code))
  const mayFollow = !isExplaining && first === wanted[0]
  return others.length > 0 && !mayFollow ? [`${did}: nobody has ${others.join(', ')}`] : []
}

/** A code that is only proposed has no command yet. */
function commandFaults({ commands_offered }: Expectation, { explained, commands }: Seen): string[] {
  const missing = explained.length > 0 ? commands_offered.filter((name) => !commands.includes(name)) : []
  return missing.map((name) => `has no button for ${name}`)
}

function nextStepFaults({ next_step, codes }: Expectation, { text }: Seen, catalog: Catalog): string[] {
  if (!next_step || !Array.isArray(codes)) return []
  const shown = text.toLowerCase()
  return codes.flatMap((code) => {
    const entry = catalog.find(code)
    const next = entry ? nextStep(entry) : null
    if (!entry || !next) return []
    const at = shown.indexOf(next)
    if (at < 0) return [`does not say the next step of ${code}`]
    const first = shown.indexOf(entry.action.toLowerCase())
    return first >= 0 && first < at ? [`orders the first step of ${code} again`] : []
  })
}

/** The step itself, without its condition: somebody who comes back has met it. */
function nextStep({ fallback }: CodeEntry): string | null {
  if (!fallback) return null
  return fallback.text
    .toLowerCase()
    .replace(/^if [^,]+,\s*/, '')
    .replace(/(\s+if [^.]+)?\.?$/, '')
}

function deviceFaults({ text: asked, expect }: Turn, seen: Seen): string[] {
  const { device, devices, device_short, devices_short, ambiguous_device } = expect
  const has = (words: string) => seen.everything.includes(words)
  const missing = (all: readonly string[]) => all.filter((one) => !has(one)).map((one) => `does not name ${one}`)
  const short = [...(device_short ? [device_short] : []), ...devices_short]
  const faults = [...missing(devices), ...missing(short)]
  if (device === null && seen.explained.length > 0) {
    const [other] = seen.everything.match(DEVICE) ?? []
    if (other) faults.push(`names ${other}, which nobody named`)
  }
  if (device && (isNamed(asked, device) || seen.commands.length > 0)) faults.push(...missing([device]))
  if (ambiguous_device.length > 0) {
    faults.push(...missing([ambiguous_device[0]?.slice(-4) ?? '']))
    const settled = ambiguous_device.filter(has)
    if (settled.length === 1) faults.push(`takes the device for ${settled[0]}`)
  }
  return faults
}

const isNamed = (text: string, device: string) =>
  text
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .includes(device.replaceAll('-', ''))

function wordFaults({ unknown, no_code, no_ask, not_text }: Expectation, seen: Seen): string[] {
  const { everything, text, isUnknown, isAsking } = seen
  const isLost = (code: string) => !names(text, code) || !isUnknown
  return [
    ...unknown.filter(isLost).map((code) => `does not say that it does not know ${code}`),
    ...no_code.filter((code) => names(text, code) && isUnknown).map((code) => `takes ${code} for a code`),
    ...(no_ask && isAsking ? ['asks for a code'] : []),
    ...(not_text && new RegExp(not_text, 'i').test(everything) ? [`says /${not_text}/`] : []),
  ]
}
