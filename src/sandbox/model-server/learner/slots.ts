import { type Example, type KeyTest, userIds } from './conversation.ts'
import { type Atom, atomsOf, shapeOf } from './text.ts'

/** A place in an answer that takes an identifier from the question: of these shapes, the nth of them, written so. */
export type Slot = { shapes: ReadonlySet<string>; ordinal: number; pattern: string | null }
/** Answers that differ in their slots alone: text, slot, text, slot, … text. */
export type Template = { literals: readonly string[]; slots: readonly Slot[] }

/** Stands for a slot inside a text. It's removed from answers first, so none can contain it. */
const SLOT_MARK = '\u0000'
/** One way of writing must be this common among the copied identifiers to be the way. */
const PATTERN_SHARE = 0.6

type Copied = { atom: Atom; ordinal: number }
type Row = { row: number; output: string; copied: readonly Copied[] }

/** How an identifier is written: `E-02` as `A-99`. */
const patternOf = (text: string) =>
  text
    .replaceAll(/\p{Lu}/gu, 'A')
    .replaceAll(/\p{Ll}/gu, 'a')
    .replaceAll(/\p{N}/gu, '9')

function masked(output: string, copied: readonly Copied[]): string {
  let text = ''
  let at = 0
  for (const { atom } of copied) {
    text += output.slice(at, atom.start) + SLOT_MARK
    at = atom.end
  }
  return text + output.slice(at)
}

function copiedIds(example: Example, output: string, isKnownId: KeyTest): Copied[] {
  const ids = atomsOf(output).filter((atom) => atom.isId)
  if (ids.length === 0) return []
  const said = userIds(example, isKnownId)
  return ids.flatMap((atom) => {
    const alike = said.filter(({ key }) => shapeOf(key) === shapeOf(atom.key))
    const ordinal = alike.findIndex(({ key }) => key === atom.key)
    return ordinal < 0 ? [] : [{ atom, ordinal }]
  })
}

function mostOften<T>(values: readonly T[]): { value: T; count: number } | null {
  const [group] = [...Map.groupBy(values, (value) => value)].sort((a, b) => b[1].length - a[1].length)
  return group ? { value: group[0], count: group[1].length } : null
}

function slotOf(copied: readonly Copied[]): Slot {
  const pattern = mostOften(copied.map(({ atom }) => patternOf(atom.text)))
  return {
    shapes: new Set(copied.map(({ atom }) => shapeOf(atom.key))),
    ordinal: mostOften(copied.map(({ ordinal }) => ordinal))?.value ?? 0,
    pattern: pattern && pattern.count >= PATTERN_SHARE * copied.length ? pattern.value : null,
  }
}

export type Classified = {
  classes: Template[]
  /** The class of each example, by its position. */
  classOf: Int32Array
  /** The identifiers that an example's answer copies, by the example's position. */
  copiedKeys: ReadonlyMap<number, ReadonlySet<string>>
}

/**
 * Sorts outputs into classes. Outputs that are the same but for identifiers of their own questions are one class with
 * slots. An identifier that never varies, such as the code a text explains, is no slot.
 */
export function classifyOutputs(examples: readonly Example[], isKnownId: KeyTest): Classified {
  const rows = examples.map((example, row): Row => {
    const output = example.output.replaceAll(SLOT_MARK, '')
    return { row, output, copied: copiedIds(example, output, isKnownId) }
  })
  const copiedKeys = new Map<number, Set<string>>()
  const byTemplate = new Map<string, Row[]>()
  for (const group of Map.groupBy(rows, ({ output, copied }) => masked(output, copied)).values()) {
    const first = group[0]?.copied ?? []
    const varies = first.map(({ atom }, i) => group.some(({ copied }) => copied[i]?.atom.key !== atom.key))
    for (const { row, output, copied } of group) {
      const kept = copied.filter((_, i) => varies[i])
      copiedKeys.set(row, new Set(kept.map(({ atom }) => atom.key)))
      const template = masked(output, kept)
      const members = byTemplate.get(template) ?? []
      byTemplate.set(template, members)
      members.push({ row, output, copied: kept })
    }
  }
  const classOf = new Int32Array(examples.length)
  const classes = [...byTemplate].map(([template, members], id): Template => {
    for (const { row } of members) classOf[row] = id
    const slots = members[0]?.copied.map((_, i) => slotOf(members.flatMap(({ copied }) => copied[i] ?? [])))
    return { literals: template.split(SLOT_MARK), slots: slots ?? [] }
  })
  return { classes, classOf, copiedKeys }
}

/** Writes an identifier the way answers write theirs: `e 42` as `E-42`. Null if it doesn't fit. */
function inPattern(key: string, pattern: string): string | null {
  const runs = key.match(/\p{L}+|\p{N}+/gu) ?? []
  let next = 0
  let fits = true
  const text = pattern.replaceAll(/[Aa]+|9+/g, (place) => {
    const run = runs[next++] ?? ''
    const isNumber = place.startsWith('9')
    fits &&= run !== '' && /^\p{N}/u.test(run) === isNumber
    if (isNumber) return run.padStart(place.length, '0')
    return place.startsWith('A') ? run.toUpperCase() : run
  })
  return fits && next === runs.length ? text : null
}

/** Two ways of writing that differ only in how many letters or digits they hold. */
const isLike = (a: string, b: string) => a.replaceAll(/(.)\1+/g, '$1') === b.replaceAll(/(.)\1+/g, '$1')

/** A template's text with its slots filled from the identifiers given. Null if a slot finds none. */
export function fillIn({ literals, slots }: Template, ids: readonly Atom[]): string | null {
  let text = literals[0] ?? ''
  for (const [i, { shapes, ordinal, pattern }] of slots.entries()) {
    const alike = ids.filter(({ key }) => shapes.has(shapeOf(key)))
    const chosen = alike[ordinal] ?? alike[0]
    if (!chosen) return null
    const isWrittenSo = pattern === null || isLike(patternOf(chosen.text), pattern)
    text += (isWrittenSo ? chosen.text : (inPattern(chosen.key, pattern) ?? chosen.text)) + (literals[i + 1] ?? '')
  }
  return text
}
