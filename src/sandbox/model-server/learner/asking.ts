import { type Conversation, conversationFeatures } from './conversation.ts'
import type { Case, Hit, Term, Weights } from './memory.ts'
import { markOpen, type Prepared } from './prepare.ts'
import type { Spelling } from './spelling.ts'
import { type Atom, atomsOf, idFeature, shapeOf } from './text.ts'
import { expectationOf, tells } from './weights.ts'

export const NEIGHBOURS = 32

/** A similar word tells less than the word itself, the more so when the word itself is known too. */
const LIKENESS_POWER = 1.5
const BESIDE_KNOWN = 0.4
/** A word never seen in training takes away a little certainty; very many take away no more than this many. */
const UNKNOWN_SHARE = 0.9
const MAX_UNKNOWN = 24
/** In a follow-up ("and if that does not help?") new words are to be expected. */
const UNKNOWN_IN_FOLLOW_UP = 0.5
const OPEN_BESIDE_KNOWN = 0.5

/** An example about another identifier than the one asked about is beside the subject, however alike the words are. */
const BESIDE_THE_SUBJECT = 0.6
const SETTLES = 0.5
/** Stands for an identifier that no example is about. */
const NEVER_TAUGHT = -1
/** A feature of the question itself, not of what was said before it. */
const OWN_AMOUNT = 0.9

/** What an unseen word or identifier weighs under these weights: as much as its kind does on average. */
export type Typical = {
  word: number
  idOf: (shape: string) => number
  /** The identifiers, and open kinds of them, that settle an answer when a question names them. */
  subjects: ReadonlySet<number>
  /** The forms of identifiers that do. */
  subjectShapes: ReadonlySet<string>
}

export function typicalWeights(prepared: Prepared, weights: Weights): Typical {
  let words = 0
  let sum = 0
  const shapes = new Map<string, { n: number; sum: number }>()
  const subjects = new Set<number>()
  const subjectShapes = new Set<string>()
  const openFeatures = new Set(prepared.openShapes.values())
  for (const [feature, name] of prepared.names.entries()) {
    const weight = weights.byFeature[feature] ?? 0
    const isSubject = openFeatures.has(feature) || (name.startsWith('#') && !prepared.openIds.has(name.slice(1)))
    if (isSubject && tells(prepared.memory, weights, feature) >= SETTLES) {
      subjects.add(feature)
      if (name.startsWith('#')) subjectShapes.add(shapeOf(name.slice(1)))
    }
    if (name.startsWith('#')) {
      const shape = shapeOf(name.slice(1))
      const found = shapes.get(shape) ?? { n: 0, sum: 0 }
      shapes.set(shape, { n: found.n + 1, sum: found.sum + weight })
    } else if (/^\p{L}/u.test(name)) {
      words += 1
      sum += weight
    }
  }
  const word = words > 0 ? (sum / words) * UNKNOWN_SHARE : 1
  return {
    word,
    subjects,
    subjectShapes,
    idOf: (shape) => {
      const found = shapes.get(shape)
      return found ? found.sum / found.n : word * 2
    },
  }
}

export type Asked = {
  terms: Term[]
  norm: number
  atoms: readonly Atom[]
  exactCase: number | undefined
  /** The identifiers that the question is about: known ones that settle an answer, or any of an open kind that does. */
  subjects: number[]
}

/** With so many long words that mean nothing to the model, a question has left the subject of the talk before it. */
const STRANGE_WORDS = 2
const LONG_WORD = 6

function leavesTheSubject(question: string, prepared: Prepared, spelling: Spelling): boolean {
  const strange = atomsOf(question, prepared.isKnownId).filter(
    ({ key, isId }) =>
      !isId && key.length >= LONG_WORD && !prepared.featureOf.has(key) && spelling.alike(key).length === 0,
  )
  return strange.length >= STRANGE_WORDS
}

/** Turns a question into what the memory is searched by: known features, look-alikes of unknown ones, open kinds. */
export function askFor(
  conversation: Conversation,
  by: { prepared: Prepared; weights: Weights; spelling: Spelling; typical: Typical; isFollowUp: boolean },
): Asked {
  const { prepared, weights, spelling, typical } = by
  const isApart = conversation.earlier.length > 0 && leavesTheSubject(conversation.question, prepared, spelling)
  const meant = isApart ? { ...conversation, earlier: [] } : conversation
  const { features, atoms } = conversationFeatures(meant, prepared.isKnownId, by.isFollowUp)
  const exactCase = prepared.exactCase(meant, features)
  for (const { key } of atoms) if (prepared.openIds.has(key)) markOpen(features, key)
  const terms: Term[] = []
  let squares = 0
  const unknown: number[] = []
  const weigh = (feature: number, amount: number) => ((weights.byFeature[feature] ?? 0) * amount) ** 2
  const unseenIds = new Map(
    atoms
      .filter((atom) => atom.isId && !prepared.featureOf.has(idFeature(atom.key)))
      .map((atom) => [idFeature(atom.key), shapeOf(atom.key)]),
  )
  const knownShapes = new Set(
    atoms.filter((atom) => prepared.featureOf.has(idFeature(atom.key))).map((atom) => shapeOf(atom.key)),
  )

  for (const [name, amount] of features) {
    const feature = prepared.featureOf.get(name)
    const alike = spelling.alike(name)
    if (feature !== undefined) {
      terms.push({ feature, amount })
      squares += weigh(feature, amount)
      for (const one of alike) terms.push({ feature: one.feature, amount: amount * BESIDE_KNOWN * one.likeness ** 2 })
      continue
    }
    const shape = unseenIds.get(name)
    if (shape !== undefined) {
      const open = prepared.openShapes.get(shape)
      if (open === undefined) {
        squares += (typical.idOf(shape) * amount) ** 2
        continue
      }
      const share = amount * (knownShapes.has(shape) ? OPEN_BESIDE_KNOWN : 1)
      terms.push({ feature: open, amount: share })
      squares += weigh(open, share)
      continue
    }
    const nearest = alike[0]
    if (nearest === undefined) {
      const share = by.isFollowUp ? UNKNOWN_IN_FOLLOW_UP : 1
      unknown.push((typical.word * amount * expectationOf(name) * share) ** 2)
      continue
    }
    for (const one of alike) terms.push({ feature: one.feature, amount: amount * one.likeness ** LIKENESS_POWER })
    squares += weigh(nearest.feature, amount)
  }
  unknown.sort((a, b) => b - a)
  for (const square of unknown.slice(0, MAX_UNKNOWN)) squares += square
  const subjects = atoms.flatMap(({ key, isId }) => {
    if (!isId) return []
    const shape = shapeOf(key)
    const isOpen = prepared.openIds.has(key) || !prepared.featureOf.has(idFeature(key))
    const feature = isOpen ? prepared.openShapes.get(shape) : prepared.featureOf.get(idFeature(key))
    if (feature === undefined) return typical.subjectShapes.has(shape) ? [NEVER_TAUGHT] : []
    return typical.subjects.has(feature) ? [feature] : []
  })
  return { terms, norm: Math.sqrt(squares), atoms, exactCase, subjects }
}

/** How much is left of what was learnt under one system prompt when asked under another. */
const OTHER_SYSTEM = 0.45
const WITHOUT_SYSTEM = 0.7
const NEARLY_SAME = 0.95

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])

/** How near two system prompts are: 1 for the same; nearly that for one that only adds to the other. */
export function systemNearness(taught: string, asked: string): number {
  if (taught.trim() === asked.trim()) return 1
  const a = wordsOf(taught)
  const b = wordsOf(asked)
  if (a.size === 0 || b.size === 0) return WITHOUT_SYSTEM
  const shared = a.intersection(b).size
  const alike = Math.max((2 * shared) / (a.size + b.size), (NEARLY_SAME * shared) / a.size)
  return OTHER_SYSTEM + (NEARLY_SAME - OTHER_SYSTEM) * alike ** 2
}

/** The nearest taught cases. */
export function nearestCases(
  conversation: Conversation,
  asked: Asked,
  by: { prepared: Prepared; weights: Weights; typical: Typical },
): Hit[] {
  const { prepared, weights, typical } = by
  const known = new Map<number, number>()
  const isBeside = ({ features, amounts }: Case) => {
    if (asked.subjects.length === 0) return false
    if (!asked.subjects.some((subject) => features.includes(subject))) return true
    return features.some(
      (feature, i) =>
        (amounts[i] ?? 0) >= OWN_AMOUNT && typical.subjects.has(feature) && !asked.subjects.includes(feature),
    )
  }
  const factor = (found: Case) => {
    const near = known.get(found.system) ?? systemNearness(prepared.systems[found.system] ?? '', conversation.system)
    known.set(found.system, near)
    return isBeside(found) ? near * BESIDE_THE_SUBJECT : near
  }
  return prepared.memory.nearest({ terms: asked.terms, norm: asked.norm, weights, factor, count: NEIGHBOURS })
}
