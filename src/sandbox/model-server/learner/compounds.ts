import type { Memory } from './memory.ts'
import type { OutputClass } from './slot.ts'
import { type Atom, idFeature } from './text.ts'
import { mainClass } from './weights.ts'

/** Answers that are other answers put together, and what stands between the parts. */
export type Compounds = {
  separator: string
  /** The parts of each compound class. */
  partsOf: ReadonlyMap<number, readonly number[]>
}

/** With more distinct answers than this, looking for one inside another takes too long and finds little. */
const MAX_CLASSES = 2_000
const MAX_SEPARATOR = 8

/** Below this an answer inside another is more likely a word than a part ("Yes"). */
const MIN_PART = 12

/** Looks whether some of the taught answers are two others joined; null when none is. */
export function findCompounds(classes: readonly OutputClass[]): Compounds | null {
  const texts = new Map<string, number>()
  for (const [id, one] of classes.entries()) {
    const text = one.slots.length === 0 ? (one.literals[0] ?? '') : ''
    if (text.length >= MIN_PART) texts.set(text, id)
  }
  if (texts.size > MAX_CLASSES) return null
  const separators = new Map<string, number>()
  const partsOf = new Map<number, number[]>()
  const byLength = [...texts].sort((a, b) => a[0].length - b[0].length)
  for (const [text, id] of byLength) {
    for (const [start, startId] of texts) {
      if (start.length + MIN_PART > text.length || !text.startsWith(start)) continue
      const rest = text.slice(start.length)
      for (let i = 1; i <= MAX_SEPARATOR; i += 1) {
        const endId = texts.get(rest.slice(i))
        if (endId === undefined) continue
        const separator = rest.slice(0, i)
        separators.set(separator, (separators.get(separator) ?? 0) + 1)
        partsOf.set(
          id,
          [startId, endId].flatMap((part) => partsOf.get(part) ?? [part]),
        )
      }
    }
  }
  const [separator] = [...separators].sort((a, b) => b[1] - a[1])[0] ?? []
  return separator === undefined ? null : { separator, partsOf }
}

const MAX_ASKED = 2_000
const MIN_SHARE = 0.6

/** The class that an identifier stands for: what most cases with it, and with no other matter in them, are answered. */
function classOfId(memory: Memory, feature: number, compounds: Compounds): number | null {
  const counts = new Map<number, number>()
  let all = 0
  for (const caseId of memory.casesWith(feature).slice(0, MAX_ASKED)) {
    const found = memory.cases[caseId]
    const classId = found ? mainClass(found) : -1
    if (compounds.partsOf.has(classId)) continue
    counts.set(classId, (counts.get(classId) ?? 0) + 1)
    all += 1
  }
  const [classId, n] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [-1, 0]
  return all > 1 && n >= MIN_SHARE * all ? classId : null
}

/** For a question that names several known identifiers: the classes to answer with, in the order they are named. */
export function askedParts(
  atoms: readonly Atom[],
  featureOf: ReadonlyMap<string, number>,
  memory: Memory,
  compounds: Compounds,
): number[] {
  const parts = new Set<number>()
  const inCompounds = new Set([...compounds.partsOf.values()].flat())
  for (const atom of atoms) {
    const feature = atom.isId ? featureOf.get(idFeature(atom.key)) : undefined
    const classId = feature === undefined ? null : classOfId(memory, feature, compounds)
    if (classId !== null && inCompounds.has(classId)) parts.add(classId)
  }
  return [...parts]
}
