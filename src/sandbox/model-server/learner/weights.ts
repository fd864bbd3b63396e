import type { Yielder } from '../yielding.ts'
import type { Prepared } from './cases.ts'
import type { Case, Memory, Weights } from './memory.ts'
import { shapeOf } from './text.ts'

/** What a feature that tells nothing still weighs: common words help to tell two phrasings apart. */
const FLOOR = 0.15
/** How many pairs of cases it takes to trust a feature's own record over that of its kind. */
const TRUST_AFTER_PAIRS = 3
const TRUST_KIND_AFTER = 10
/** A kind is what its many rare features do, not what its few common ones do. */
const MAX_PAIRS_A_FEATURE = 3
const PRIOR_LIFT = 0.4
/** Short words are the common ones in any language, so they are trusted less until they have a record. */
const FULL_LENGTH = 6
/** A word seen once is no better than one that always told the same: rarity counts, but less than its logarithm. */
const RARITY_POWER = 0.75

/** How rare a feature is: the rarer, the more it says. */
const rarity = (cases: number, withFeature: number) => Math.log(1 + cases / Math.max(1, withFeature)) ** RARITY_POWER

/** How much a word can be expected to tell, by its length alone. */
export const expectationOf = (name: string) =>
  /^\p{L}/u.test(name) ? Math.min(1, Math.max(2, name.length) / FULL_LENGTH) : 1

/** The group a feature shares its prior with: identifiers of one shape, numbers, or words. */
export function kindOf(feature: string): string {
  if (feature.startsWith('#')) return `#${shapeOf(feature.slice(1))}`
  return /^n\p{N}/u.test(feature) ? 'n' : 'word'
}

export function normOf({ features, amounts }: Case, { byFeature }: Weights): number {
  let sum = 0
  for (const [i, feature] of features.entries()) sum += ((byFeature[feature] as number) * (amounts[i] as number)) ** 2
  return Math.sqrt(sum)
}

export function emptyWeights({ memory, names }: Prepared): Weights {
  return { byFeature: new Float64Array(names.length), norms: new Float64Array(memory.cases.length) }
}

/** Before anything is known of what features tell: their rarity alone. */
export function weighByRarity(memory: Memory, features: Iterable<number>, weights: Weights): void {
  for (const feature of features) {
    weights.byFeature[feature] = rarity(memory.learntCount(), memory.casesWith(feature).length) * 0.5
  }
}

/** How many pairs the cases make, and how many of these share their answer. */
function pairsIn(classes: readonly number[]): { pairs: number; same: number } {
  const pairsOf = (n: number) => (n * (n - 1)) / 2
  const groups = Map.groupBy(classes, (classId) => classId).values()
  return { pairs: pairsOf(classes.length), same: groups.reduce((sum, { length }) => sum + pairsOf(length), 0) }
}

const mainClass = ({ votes }: Case) =>
  votes.reduce((main, vote) => (vote.weight > main.weight ? vote : main), votes[0] ?? { classId: -1, weight: 0 })
    .classId

/**
 * Weighs each feature by its rarity and by how often two cases that share it share their answer too, compared with
 * any two cases. Features seen too seldom are judged by their kind: where device ids say nothing, a device id seen
 * once says little.
 */
export async function weighByEvidence(prepared: Prepared, yieldTurn: Yielder): Promise<Weights> {
  const { memory, names } = prepared
  const weights = emptyWeights(prepared)
  const classes = memory.cases.map(mainClass)
  const any = pairsIn(classes)
  const base = Math.max(any.pairs === 0 ? 1 : any.same / any.pairs, 1 / Math.max(2, classes.length))
  const lift = (share: number) => (base >= 1 ? 1 : Math.max(0, 1 - Math.log(share) / Math.log(base)))

  const records: { pairs: number; same: number }[] = []
  const kinds = new Map<string, { pairs: number; same: number }>()
  for (const [feature, name] of names.entries()) {
    await yieldTurn()
    const record = pairsIn(memory.casesWith(feature).map((caseId) => classes[caseId] as number))
    records.push(record)
    const counted = Math.min(record.pairs, MAX_PAIRS_A_FEATURE)
    const kind = kinds.get(kindOf(name)) ?? { pairs: 0, same: 0 }
    kind.pairs += counted
    kind.same += counted * (record.same / Math.max(1, record.pairs))
    kinds.set(kindOf(name), kind)
  }
  for (const [feature, name] of names.entries()) {
    const kind = kinds.get(kindOf(name)) ?? { pairs: 0, same: 0 }
    const prior = base + PRIOR_LIFT * (1 - base)
    const ofKind = (kind.same + TRUST_KIND_AFTER * prior) / (kind.pairs + TRUST_KIND_AFTER)
    const expected = base + (Math.max(ofKind, base) - base) * expectationOf(name)
    const { pairs, same } = records[feature] ?? { pairs: 0, same: 0 }
    const share = (same + TRUST_AFTER_PAIRS * expected) / (pairs + TRUST_AFTER_PAIRS)
    const told = FLOOR + (1 - FLOOR) * lift(share)
    weights.byFeature[feature] = rarity(memory.cases.length, memory.casesWith(feature).length) * told
  }
  for (const [caseId, found] of memory.cases.entries()) weights.norms[caseId] = normOf(found, weights)
  return weights
}
