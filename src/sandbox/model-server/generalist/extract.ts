import { atomsOf, featuresOf, shapeOf } from '../learner/text.ts'
import type { Passage } from './passages.ts'

export type Extract = { kind: 'found'; passage: Passage } | { kind: 'missing'; id: string } | { kind: 'nothing' }

/** A passage is to the point when it holds this share of what the question is about. */
const MIN_SHARE = 0.35
const MIN_SHARED_WORDS = 2
const MIN_WORD = 3
/** A passage must say something beyond what was asked. */
const MIN_NEW_WORDS = 2

const isCode = (key: string) => /\p{L}/u.test(key) && /\p{N}/u.test(key)

/** Picks the passage that best fits the question; a code that the material has none of is said to be missing. */
export function extract(question: string, passages: readonly Passage[]): Extract {
  if (passages.length === 0) return { kind: 'nothing' }
  const known = new Set<string>()
  const features = passages.map(({ text }) => {
    const atoms = atomsOf(text)
    for (const { key, isId } of atoms) if (isId) known.add(key)
    return featuresOf(atoms)
  })
  const isKnown = (key: string) => known.has(key)
  const asked = atomsOf(question, isKnown)
  const shapes = new Set([...known].filter(isCode).map(shapeOf))
  const codes = asked.filter(({ key, isId }) => isId && isCode(key) && shapes.has(shapeOf(key)))
  const missing = codes.find(({ key }) => !known.has(key))
  if (missing && !codes.some(({ key }) => known.has(key))) return { kind: 'missing', id: missing.text }

  const spread = new Map<string, number>()
  for (const one of features) for (const name of one.keys()) spread.set(name, (spread.get(name) ?? 0) + 1)
  const weigh = (name: string) => Math.log(1 + passages.length / (spread.get(name) ?? 1))
  const wanted = [...featuresOf(asked)].filter(([name]) => name.startsWith('#') || name.length >= MIN_WORD)
  const all = wanted.reduce((sum, [name, amount]) => sum + amount * weigh(name), 0)
  let best: { score: number; passage: Passage; isSure: boolean } | null = null
  for (const [i, passage] of passages.entries()) {
    const own = features[i] ?? new Map<string, number>()
    const shared = wanted.filter(([name]) => own.has(name))
    const isNamed = shared.some(([name]) => name.startsWith('#'))
    if ([...own.keys()].length - shared.length < MIN_NEW_WORDS) continue
    const score = shared.reduce((sum, [name, amount]) => sum + amount * weigh(name), 0) * (isNamed ? 2 : 1)
    const isSure = isNamed || (shared.length >= MIN_SHARED_WORDS && score >= MIN_SHARE * all)
    if (!best || score > best.score) best = { score, passage, isSure }
  }
  return best?.isSure ? { kind: 'found', passage: best.passage } : { kind: 'nothing' }
}
