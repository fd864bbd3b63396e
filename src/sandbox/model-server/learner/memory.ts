/** One situation that was taught: its features, and which classes of answers the examples gave to it. */
export type Case = {
  /** The number of its system prompt. */
  system: number
  features: Int32Array
  amounts: Float32Array
  /** Sorted by class number. */
  votes: Vote[]
}
export type Vote = {
  classId: number
  weight: number
  /** The row that voted last: it breaks ties. */
  lastRow: number
}

/** A feature of a question: how much of it there is, and how sure it is meant (less than 1 for a misspelt word). */
export type Term = { feature: number; amount: number }

/** What training learns: how much each feature tells. */
export type Weights = {
  byFeature: Float64Array
  /** The length of each case under these weights. */
  norms: Float64Array
}

export type Hit = { caseId: number; similarity: number }

/** Of a feature that very many cases share, an even sample is enough to find good candidates. */
const MAX_POSTINGS_A_TERM = 8_000
const MAX_CANDIDATES = 160
/** With this many candidates, the question's weak words no longer bring new ones in; they still count in the ranking. */
const MANY_CANDIDATES = 2_000
const ENOUGH_GAIN = 0.8

export type Memory = {
  cases: readonly Case[]
  /** Makes a case findable. */
  learn(caseId: number): void
  learntCount(): number
  casesWith(feature: number): readonly number[]
  /** The cases most like the terms, best first: the cosine under the weights, times the factor. */
  nearest(query: {
    terms: readonly Term[]
    /** The length of the query, words that the memory never saw included. */
    norm: number
    weights: Weights
    /** What a case's likeness is multiplied by for what else is known of it. */
    factor: (found: Case) => number
    count: number
  }): Hit[]
}

/** An inverted index over cases; a look-up costs by the question's words, not by the number of cases. */
export function createMemory(cases: readonly Case[], featureCount: number): Memory {
  const postings: number[][] = Array.from({ length: featureCount }, () => [])
  const scores = new Float64Array(cases.length)
  const asked = new Float64Array(featureCount)
  let learnt = 0

  /** What a case and the question have in common. */
  const sharedBy = (found: Case, weights: Weights) => {
    let dot = 0
    for (let i = 0; i < found.features.length; i += 1) {
      const feature = found.features[i] as number
      const weight = weights.byFeature[feature] as number
      dot += (asked[feature] as number) * weight * weight * (found.amounts[i] as number)
    }
    return dot
  }

  return {
    cases,
    learn(caseId) {
      for (const feature of cases[caseId]?.features ?? []) postings[feature]?.push(caseId)
      learnt += 1
    },
    learntCount: () => learnt,
    casesWith: (feature) => postings[feature] ?? [],
    nearest({ terms, norm, weights, factor, count }) {
      const gains = terms
        .map(({ feature, amount }) => ({ feature, gain: amount * (weights.byFeature[feature] as number) ** 2 }))
        .sort((a, b) => b.gain - a.gain)
      const enough = ENOUGH_GAIN * gains.reduce((sum, { gain }) => sum + gain, 0)
      const touched: number[] = []
      let gained = 0
      for (const { feature, gain } of gains) {
        if (gain === 0 || (touched.length >= MANY_CANDIDATES && gained >= enough)) break
        gained += gain
        const found = postings[feature] ?? []
        const stride = Math.max(1, Math.ceil(found.length / MAX_POSTINGS_A_TERM))
        for (let i = 0; i < found.length; i += stride) {
          const caseId = found[i] as number
          if (scores[caseId] === 0) touched.push(caseId)
          scores[caseId] = (scores[caseId] as number) + gain
        }
      }
      for (const caseId of touched) scores[caseId] = (scores[caseId] as number) / (weights.norms[caseId] || 1)
      const candidates = best(touched, scores, Math.max(count, MAX_CANDIDATES))
      for (const caseId of touched) scores[caseId] = 0

      for (const { feature, amount } of terms) asked[feature] = Math.max(asked[feature] as number, amount)
      for (const caseId of candidates) {
        const found = cases[caseId] as Case
        const length = (weights.norms[caseId] || 1) * (norm || 1)
        scores[caseId] = (sharedBy(found, weights) / length) * factor(found)
      }
      for (const { feature } of terms) asked[feature] = 0
      const hits = best(candidates, scores, count).map((caseId) => ({ caseId, similarity: scores[caseId] as number }))
      for (const caseId of candidates) scores[caseId] = 0
      return hits
    },
  }
}

/** The best of many cases, best first; equal ones in the order of their numbers, so that the same question finds the same. */
function best(caseIds: readonly number[], scores: Float64Array, count: number): number[] {
  const order = (a: number, b: number) => (scores[b] as number) - (scores[a] as number) || a - b
  let kept: number[] = []
  let bar = Number.NEGATIVE_INFINITY
  for (const caseId of caseIds) {
    if ((scores[caseId] as number) < bar) continue
    kept.push(caseId)
    if (kept.length < count * 8) continue
    kept = kept.sort(order).slice(0, count)
    bar = scores[kept.at(-1) as number] as number
  }
  return kept.sort(order).slice(0, count)
}
