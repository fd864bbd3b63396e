import type { Pace } from '../pace.ts'
import { type Example, userAtoms } from './conversation.ts'
import { type OutputClass, SLOT_MARK, type Slot } from './slot.ts'
import { type Atom, atomsOf, shapeOf } from './text.ts'
import { findWordSlots } from './word-slots.ts'

type Copied = { atom: Atom; source: Atom; ordinal: number }

/** A row whose answer repeats identifiers of its question. */
type Repeating = { row: number; output: string; copied: readonly Copied[] }
type SlotCounts = { shapes: Set<string>; ordinals: Map<number, number>; patterns: Map<string, number> }

/** One way of writing must be this common among the copied identifiers to be the way. */
const PATTERN_SHARE = 0.6

const count = <K>(counts: Map<K, number>, key: K) => counts.set(key, (counts.get(key) ?? 0) + 1)
const mostOften = <K>(counts: ReadonlyMap<K, number>) => [...counts].sort((a, b) => b[1] - a[1])[0]

/** How an identifier is written: `E-02` as `A-99`. */
const patternOf = (text: string) =>
  text
    .replaceAll(/\p{Lu}/gu, 'A')
    .replaceAll(/\p{Ll}/gu, 'a')
    .replaceAll(/\p{N}/gu, '9')

function masked(output: string, spans: readonly Atom[]): string {
  let text = ''
  let at = 0
  for (const span of spans) {
    text += output.slice(at, span.start) + SLOT_MARK
    at = span.end
  }
  return text + output.slice(at)
}

function copiedIds(example: Example, output: string, isKnownId: (key: string) => boolean): Copied[] {
  const ids = atomsOf(output).filter((atom) => atom.isId)
  if (ids.length === 0) return []
  const said = userAtoms(example, isKnownId).filter((atom) => atom.isId)
  return ids.flatMap((atom) => {
    const source = said.find((one) => one.key === atom.key)
    if (!source) return []
    const alike = said.filter((one) => shapeOf(one.key) === shapeOf(atom.key))
    return [{ atom, source, ordinal: alike.findIndex((one) => one.key === atom.key) }]
  })
}

function settleSlot(counts: SlotCounts): Slot {
  const [pattern, times] = mostOften(counts.patterns) ?? [null, 0]
  const all = [...counts.patterns.values()].reduce((sum, n) => sum + n, 0)
  return {
    kind: 'id',
    shapes: counts.shapes,
    ordinal: mostOften(counts.ordinals)?.[0] ?? 0,
    pattern: times >= PATTERN_SHARE * all ? pattern : null,
  }
}

export type Classified = {
  classes: OutputClass[]
  /** The class of each example, by its position. */
  classOf: Int32Array
  /** For each example, the identifiers its answer copies through a slot. */
  copiedKeys: ReadonlyMap<number, ReadonlySet<string>>
}

/**
 * Sorts the examples' outputs into classes. Outputs that are the same but for identifiers that also stand in their
 * own questions are one class with slots; an identifier that never varies (the code a text is about) is no slot.
 */
export async function classifyOutputs(
  examples: readonly Example[],
  isKnownId: (key: string) => boolean,
  pace: Pace,
): Promise<Classified> {
  const templates = examples.map((example) => example.output.replaceAll(SLOT_MARK, ''))
  const groups = new Map<string, Repeating[]>()
  for (const [row, example] of examples.entries()) {
    await pace()
    const output = templates[row] ?? ''
    const copied = copiedIds(example, output, isKnownId)
    if (copied.length === 0) continue
    const key = masked(
      output,
      copied.map(({ atom }) => atom),
    )
    const group = groups.get(key)
    if (group) group.push({ row, output, copied })
    else groups.set(key, [{ row, output, copied }])
  }

  const copiedKeys = new Map<number, Set<string>>()
  const slotCounts = new Map<string, SlotCounts[]>()
  for (const group of groups.values()) {
    await pace()
    const places = group[0]?.copied.length ?? 0
    const isSlot = Array.from({ length: places }, (_, i) => {
      const first = group[0]?.copied[i]?.atom.key
      return group.some(({ copied }) => copied[i]?.atom.key !== first)
    })
    if (!isSlot.includes(true)) continue
    for (const { row, output, copied } of group) {
      const kept = copied.filter((_, i) => isSlot[i])
      const template = masked(
        output,
        kept.map(({ atom }) => atom),
      )
      templates[row] = template
      copiedKeys.set(row, new Set(kept.map(({ atom }) => atom.key)))
      const counts = slotCounts.get(template) ?? kept.map(() => newCounts())
      slotCounts.set(template, counts)
      for (const [i, { atom, ordinal }] of kept.entries()) {
        const slot = counts[i]
        if (!slot) continue
        slot.shapes.add(shapeOf(atom.key))
        count(slot.ordinals, ordinal)
        count(slot.patterns, patternOf(atom.text))
      }
    }
  }

  const ids = new Map<string, number>()
  const classes: OutputClass[] = []
  const classOf = new Int32Array(examples.length)
  for (const [row, template] of templates.entries()) {
    let id = ids.get(template)
    if (id === undefined) {
      id = classes.length
      ids.set(template, id)
      classes.push({ literals: template.split(SLOT_MARK), slots: (slotCounts.get(template) ?? []).map(settleSlot) })
    }
    classOf[row] = id
  }
  return { ...(await findWordSlots(examples, { classes, classOf }, pace)), copiedKeys }
}

const newCounts = (): SlotCounts => ({ shapes: new Set(), ordinals: new Map(), patterns: new Map() })

/** Two patterns that differ in nothing but how many letters or digits they hold. */
const isLike = (a: string, b: string) => a.replaceAll(/(.)\1+/g, '$1') === b.replaceAll(/(.)\1+/g, '$1')

/** Writes an identifier the way the answers write theirs: `e 42` as `E-42`. */
function inPattern(key: string, pattern: string): string | null {
  const runs = key.match(/\p{L}+|\p{N}+/gu) ?? []
  const places = pattern.match(/[Aa]+|9+|[^Aa9]+/g) ?? []
  let text = ''
  let next = 0
  for (const place of places) {
    if (!/^[Aa9]/.test(place)) {
      text += place
      continue
    }
    const run = runs[next]
    next += 1
    if (run === undefined || /^\p{N}/u.test(run) !== place.startsWith('9')) return null
    if (place.startsWith('9')) text += run.padStart(place.length, '0')
    else text += place.startsWith('A') ? run.toUpperCase() : run
  }
  return next === runs.length ? text : null
}

const KNOWN_FILLER = 3
const KNOWN_NEIGHBOUR = 2
const SURE_ENOUGH = 2

function fill(slot: Slot, said: readonly Atom[]): string | null {
  if (slot.kind === 'id') {
    const alike = said.filter((atom) => atom.isId && slot.shapes.has(shapeOf(atom.key)))
    const chosen = alike[slot.ordinal] ?? alike[0]
    if (!chosen) return null
    if (slot.pattern === null || isLike(patternOf(chosen.text), slot.pattern)) return chosen.text
    return inPattern(chosen.key, slot.pattern) ?? chosen.text
  }
  let best: { score: number; text: string } | null = null
  for (const [i, atom] of said.entries()) {
    if (atom.isId) continue
    const score =
      (slot.fillers.has(atom.key) ? KNOWN_FILLER : 0) +
      (slot.left.has(said[i - 1]?.key ?? '^') ? KNOWN_NEIGHBOUR : 0) +
      (slot.right.has(said[i + 1]?.key ?? '$') ? KNOWN_NEIGHBOUR : 0)
    if (score >= SURE_ENOUGH && (!best || score > best.score)) best = { score, text: atom.text }
  }
  return best?.text ?? null
}

/** The text of a class with its slots filled from what the user said; null when a slot finds nothing to copy. */
export function fillIn(outputClass: OutputClass, said: readonly Atom[]): string | null {
  let text = outputClass.literals[0] ?? ''
  for (const [i, slot] of outputClass.slots.entries()) {
    const value = fill(slot, said)
    if (value === null) return null
    text += value + (outputClass.literals[i + 1] ?? '')
  }
  return text
}
