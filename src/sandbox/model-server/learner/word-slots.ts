import type { Pace } from '../pace.ts'
import type { Example } from './conversation.ts'
import { type OutputClass, SLOT_MARK, type Slot } from './slot.ts'
import { type Atom, atomsOf } from './text.ts'

/** With more distinct answers than this they are hardly one sentence with a word exchanged, and looking costs seconds. */
const MAX_CLASSES = 2_000

/** A word is only taken for a slot on good evidence, else category names and the like would be copied from anywhere. */
const MIN_FILLERS = 3
const MIN_COPIED_SHARE = 0.9
const MIN_OTHER_WORDS = 3

type Place = { classId: number; atom: Atom }
type Candidate = { places: Place[]; rows: number; copied: number; left: Set<string>; right: Set<string> }

const wildcard = (text: string, atom: Atom) => `${text.slice(0, atom.start)}${SLOT_MARK}${text.slice(atom.end)}`

/**
 * Joins classes whose one-slot-free texts differ in a single word that (nearly) always stands in the question:
 * "The grinder is on page 4" and "The nozzle is on page 4".
 */
export async function findWordSlots(
  examples: readonly Example[],
  found: { classes: OutputClass[]; classOf: Int32Array },
  pace: Pace,
): Promise<{ classes: OutputClass[]; classOf: Int32Array }> {
  const plain = found.classes.flatMap((one, id) =>
    one.slots.length === 0 ? [{ id, text: one.literals[0] ?? '' }] : [],
  )
  if (plain.length < MIN_FILLERS || plain.length > MAX_CLASSES) return found

  const candidates = new Map<string, Candidate>()
  const placesOf = new Map<number, { atom: Atom; candidate: Candidate }[]>()
  for (const { id: classId, text } of plain) {
    const words = atomsOf(text).filter((atom) => !atom.isId)
    if (words.length <= MIN_OTHER_WORDS) continue
    const places = words.map((atom) => {
      const key = wildcard(text, atom)
      const candidate = candidates.get(key) ?? { places: [], rows: 0, copied: 0, left: new Set(), right: new Set() }
      candidates.set(key, candidate)
      candidate.places.push({ classId, atom })
      return { atom, candidate }
    })
    placesOf.set(classId, places)
  }

  for (const [row, example] of examples.entries()) {
    await pace()
    const places = placesOf.get(found.classOf[row] ?? 0)
    if (!places) continue
    const asked = atomsOf(example.question)
    for (const { atom, candidate } of places) {
      candidate.rows += 1
      const at = asked.findIndex((one) => one.key === atom.key)
      if (at < 0) continue
      candidate.copied += 1
      candidate.left.add(asked[at - 1]?.key ?? '^')
      candidate.right.add(asked[at + 1]?.key ?? '$')
    }
  }

  const classes = [...found.classes]
  const renamed = new Map<number, number>()
  const good = [...candidates]
    .filter(([, one]) => one.places.length >= MIN_FILLERS && one.copied >= MIN_COPIED_SHARE * one.rows)
    .sort((a, b) => b[1].places.length - a[1].places.length)
  for (const [template, { places, left, right }] of good) {
    if (places.some(({ classId }) => renamed.has(classId))) continue
    const fillers = new Set(places.map(({ atom }) => atom.key))
    const slot: Slot = { kind: 'word', left, right, fillers }
    for (const { classId } of places) renamed.set(classId, classes.length)
    classes.push({ literals: template.split(SLOT_MARK), slots: [slot] })
  }
  return { classes, classOf: found.classOf.map((id) => renamed.get(id) ?? id) }
}
