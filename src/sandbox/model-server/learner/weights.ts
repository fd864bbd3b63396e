import type { Pace } from '../pace.ts'
import type { Case, Memory, Weights } from './memory.ts'
import { shapeOf } from './text.ts'

/** What a feature that tells nothing still weighs: common words help to tell two phrasings apart. */
const FLOOR = 0.15
/** How many pairs of cases it takes to trust what a feature was seen to do over what its kind does. */
const TRUST_AFTER_PAIRS = 3
const TRUST_KIND_AFTER = 10
/** A kind is what its many rare features do, not what its few common ones do. */
const MAX_PAIRS_A_FEATURE = 3
const PRIOR_LIFT = 0.4
/** In any language the short words are the common ones; until seen to tell something, they are trusted less. */
const FULL_LENGTH = 6
/** A very common feature is judged by a sample of its cases. */
const MAX_JUDGED = 5_000

/** A word seen once is no better than one that always told the same: rarity counts, but less than its logarithm. */
const RARITY_POWER = 0.75

/** How rare a feature is; the rarer, the more it says. */
const rarity = (cases: number, withFeature: number) => Math.log(1 + cases / Math.max(1, withFeature)) ** RARITY_POWER

/** How much a word can be expected to tell, by its length alone. */
export const expectationOf = (name: string) =>
  /^\p{L}/u.test(name) ? Math.min(1, Math.max(2, name.length) / FULL_LENGTH) : 1

/** The group that a feature borrows its prior from: all identifiers of one form, all numbers, all words. */
function kindOf(feature: string): string {
  if (feature.startsWith('#')) return `#${shapeOf(feature.slice(1))}`
  return /^n\p{N}/u.test(feature) ? 'n' : 'word'
}

/** The class most of a case's examples vote for. */
export function mainClass(found: Case): number {
  let main = found.votes[0]
  for (const vote of found.votes) if (!main || vote.weight > main.weight) main = vote
  return main?.classId ?? -1
}

export function emptyWeights(memory: Memory, featureCount: number): Weights {
  return { byFeature: new Float64Array(featureCount), norms: new Float64Array(memory.cases.length) }
}

export function setNorms(memory: Memory, weights: Weights): void {
  for (const [caseId, found] of memory.cases.entries()) weights.norms[caseId] = normOf(found, weights)
}

export function normOf(found: Case, weights: Weights): number {
  let sum = 0
  for (let i = 0; i < found.features.length; i += 1) {
    const part = (weights.byFeature[found.features[i] as number] as number) * (found.amounts[i] as number)
    sum += part * part
  }
  return Math.sqrt(sum)
}

/** How far a feature settles the answer, its rarity aside: near 1 when all that share it answer alike. */
export function tells(memory: Memory, weights: Weights, feature: number): number {
  return (weights.byFeature[feature] ?? 0) / rarity(memory.cases.length, memory.casesWith(feature).length)
}

/** Before anything is known of what features tell: their rarity alone. */
export function weighByRarity(memory: Memory, features: Iterable<number>, weights: Weights): void {
  for (const feature of features) {
    weights.byFeature[feature] = rarity(memory.learntCount(), memory.casesWith(feature).length) * 0.5
  }
}

/**
 * Weighs each feature by its rarity and by how often two cases that share it share their answer too, compared with
 * any two cases. Features seen too seldom to judge are judged by their kind: where device ids turned out to say
 * nothing, a device id seen once says little.
 */
export async function weighByWhatTheyTell(
  memory: Memory,
  names: readonly string[],
  openShapes: ReadonlyMap<string, number>,
  pace: Pace,
): Promise<Weights> {
  const weights = emptyWeights(memory, names.length)
  const classes = memory.cases.map(mainClass)
  const base = Math.max(sameShare(tally(classes)), 1 / Math.max(2, classes.length))
  const lift = (share: number) => (base >= 1 ? 1 : Math.max(0, 1 - Math.log(share) / Math.log(base)))
  const prior = base + PRIOR_LIFT * (1 - base)

  const pairs = new Float64Array(names.length)
  const same = new Float64Array(names.length)
  const kinds = new Map<string, { pairs: number; same: number }>()
  for (const [feature, name] of names.entries()) {
    await pace()
    const cases = memory.casesWith(feature)
    const stride = Math.max(1, Math.ceil(cases.length / MAX_JUDGED))
    const counts = new Map<number, number>()
    let n = 0
    for (let i = 0; i < cases.length; i += stride, n += 1) {
      const classId = classes[cases[i] as number] as number
      counts.set(classId, (counts.get(classId) ?? 0) + 1)
    }
    pairs[feature] = (n * (n - 1)) / 2
    same[feature] = [...counts.values()].reduce((sum, k) => sum + (k * (k - 1)) / 2, 0)
    const kind = kinds.get(kindOf(name)) ?? { pairs: 0, same: 0 }
    const counted = Math.min(pairs[feature] ?? 0, MAX_PAIRS_A_FEATURE)
    kind.pairs += counted
    kind.same += counted * ((same[feature] ?? 0) / Math.max(1, pairs[feature] ?? 0))
    kinds.set(kindOf(name), kind)
  }
  const shareOf = (feature: number, before: number) =>
    ((same[feature] ?? 0) + TRUST_AFTER_PAIRS * before) / ((pairs[feature] ?? 0) + TRUST_AFTER_PAIRS)
  for (const [feature, name] of names.entries()) {
    await pace()
    const kind = kinds.get(kindOf(name))
    const ofKind = kind ? (kind.same + TRUST_KIND_AFTER * prior) / (kind.pairs + TRUST_KIND_AFTER) : prior
    const open = name.startsWith('#') ? openShapes.get(shapeOf(name.slice(1))) : undefined
    const expected = base + (Math.max(ofKind, base) - base) * expectationOf(name)
    const before = open === undefined ? expected : Math.min(expected, shareOf(open, prior))
    const told = FLOOR + (1 - FLOOR) * lift(shareOf(feature, before))
    weights.byFeature[feature] = rarity(memory.cases.length, memory.casesWith(feature).length) * told
  }
  setNorms(memory, weights)
  return weights
}

function tally(classes: readonly number[]): number[] {
  const counts = new Map<number, number>()
  for (const classId of classes) counts.set(classId, (counts.get(classId) ?? 0) + 1)
  return [...counts.values()]
}

/** How likely two cases picked at random share their answer. */
function sameShare(counts: readonly number[]): number {
  const all = counts.reduce((sum, n) => sum + n, 0)
  if (all < 2) return 1
  return counts.reduce((sum, n) => sum + n * (n - 1), 0) / (all * (all - 1))
}
