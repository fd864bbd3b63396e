import type { Prepared } from './cases.ts'
import { type Conversation, conversationFeatures } from './conversation.ts'
import type { Hit, Term, Weights } from './memory.ts'
import { atomsOf, idFeature, openFeature, shapeOf } from './text.ts'
import { expectationOf, kindOf } from './weights.ts'

/** A similar word tells less than the word itself. */
const LIKENESS_POWER = 1.5
/** A word never seen in training takes away a little certainty, and very many no more than this many. */
const UNKNOWN_SHARE = 0.9
const MAX_UNKNOWN = 24

/** What an unseen word or identifier weighs: as much as its kind does on average. */
export function averageWeights({ names }: Prepared, { byFeature }: Weights): (name: string) => number {
  const kinds = new Map<string, { count: number; sum: number }>()
  for (const [feature, name] of names.entries()) {
    const kind = kinds.get(kindOf(name)) ?? { count: 0, sum: 0 }
    kinds.set(kindOf(name), { count: kind.count + 1, sum: kind.sum + (byFeature[feature] ?? 0) })
  }
  const averageOf = (kind: string) => {
    const found = kinds.get(kind)
    return found ? found.sum / found.count : null
  }
  const word = (averageOf('word') ?? 1) * UNKNOWN_SHARE
  return (name) => (name.startsWith('#') ? (averageOf(kindOf(name)) ?? word * 2) : word * expectationOf(name))
}

/** A question about a known code and an unknown one is about the known one. */
const BESIDE_KNOWN = 0.5

/** With this many long words that mean nothing to the model, a question has left the subject of the talk before it. */
const STRANGE_WORDS = 2
const LONG_WORD = 6

function leavesTheSubject(question: string, { isKnownId, featureOf, spelling }: Prepared): boolean {
  const strange = atomsOf(question, isKnownId).filter(
    ({ key, isId }) => !isId && key.length >= LONG_WORD && !featureOf.has(key) && spelling.alike(key).length === 0,
  )
  return strange.length >= STRANGE_WORDS
}

/** How much is left of what was learnt under one system prompt when asked under another. */
const OTHER_SYSTEM = 0.45
const WITHOUT_SYSTEM = 0.7
const NEARLY_SAME = 0.95

/** How near two system prompts are: 1 for the same, nearly that for one that only adds to the other. */
export function systemNearness(taught: string, asked: string): number {
  if (taught.trim() === asked.trim()) return 1
  const [a, b] = [wordsOf(taught), wordsOf(asked)]
  if (a.size === 0 || b.size === 0) return WITHOUT_SYSTEM
  const shared = a.intersection(b).size
  const alike = Math.max((2 * shared) / (a.size + b.size), (NEARLY_SAME * shared) / a.size)
  return OTHER_SYSTEM + (NEARLY_SAME - OTHER_SYSTEM) * alike ** 2
}

export const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])

/** Searches what was taught by a question's known features, look-alikes of unknown words, and kinds of identifiers. */
export function nearestCases(
  conversation: Conversation,
  by: { prepared: Prepared; weights: Weights; averageOf: (name: string) => number },
): Hit[] {
  const { prepared, weights } = by
  const { featureOf, openIds, memory, spelling, systems } = prepared
  const isApart = conversation.earlier.length > 0 && leavesTheSubject(conversation.question, prepared)
  const isOpen = (key: string) =>
    openIds.has(key) || (!featureOf.has(idFeature(key)) && featureOf.has(openFeature(shapeOf(key))))
  const knownShapes = new Set(
    atomsOf(conversation.question, prepared.isKnownId)
      .filter(({ key }) => featureOf.has(idFeature(key)))
      .map(({ key }) => openFeature(shapeOf(key))),
  )
  const meant = isApart ? { ...conversation, earlier: [] } : conversation
  const terms: Term[] = []
  let squares = 0
  let unknown = 0
  for (const [name, whole] of conversationFeatures(meant, prepared.isKnownId, isOpen)) {
    const amount = knownShapes.has(name) ? whole * BESIDE_KNOWN : whole
    const known = featureOf.get(name)
    const alike = known === undefined ? spelling.alike(name) : [{ feature: known, likeness: 1 }]
    for (const one of alike) terms.push({ feature: one.feature, amount: amount * one.likeness ** LIKENESS_POWER })
    const [nearest] = alike
    if (nearest) squares += ((weights.byFeature[nearest.feature] ?? 0) * amount) ** 2
    else if (name.startsWith('#') || unknown < MAX_UNKNOWN) squares += (by.averageOf(name) * amount) ** 2
    if (!nearest) unknown += 1
  }
  const nearness = systems.map((taught) => systemNearness(taught, conversation.system))
  return memory.nearest({
    terms,
    norm: Math.sqrt(squares),
    weights,
    factor: ({ system }) => nearness[system] ?? 0,
  })
}
