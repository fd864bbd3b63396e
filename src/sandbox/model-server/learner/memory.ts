/** A situation that was taught: its features, and the answers that examples gave to it. */
export type Case = {
  /** The number of its system prompt. */
  system: number
  features: Int32Array
  amounts: Float32Array
  votes: Vote[]
}
export type Vote = {
  classId: number
  weight: number
  /** The last row that voted: it breaks ties. */
  lastRow: number
}

/** A feature of a question, and how much of it there is: less than 1 for a misspelt word. */
export type Term = { feature: number; amount: number }

export type Hit = { caseId: number; similarity: number }

/** What training learns: how much each feature tells. */
export type Weights = {
  byFeature: Float64Array
  /** The length of each case under these weights. */
  norms: Float64Array
}

export type Memory = {
  cases: readonly Case[]
  /** Makes a case findable. */
  learn(caseId: number): void
  learntCount(): number
  casesWith(feature: number): readonly number[]
  /** The cases most like the terms, best first: the weighted cosine times the case's factor. */
  nearest(query: {
    terms: readonly Term[]
    /** The length of the query, including words that the memory has never seen. */
    norm: number
    weights: Weights
    factor: (found: Case) => number
  }): Hit[]
}

const NEIGHBOURS = 32

/** An inverted index over cases. */
export function createMemory(cases: readonly Case[], featureCount: number): Memory {
  const postings: number[][] = Array.from({ length: featureCount }, () => [])
  const amounts: number[][] = Array.from({ length: featureCount }, () => [])
  const scores = new Float64Array(cases.length)
  let learnt = 0
  return {
    cases,
    learn(caseId) {
      const found = cases[caseId] as Case
      for (const [i, feature] of found.features.entries()) {
        postings[feature]?.push(caseId)
        amounts[feature]?.push(found.amounts[i] as number)
      }
      learnt += 1
    },
    learntCount: () => learnt,
    casesWith: (feature) => postings[feature] ?? [],
    nearest({ terms, norm, weights, factor }) {
      const asked = new Map<number, number>()
      for (const { feature, amount } of terms) asked.set(feature, Math.max(amount, asked.get(feature) ?? 0))
      const touched: number[] = []
      for (const [feature, amount] of asked) {
        const gain = amount * (weights.byFeature[feature] as number) ** 2
        if (gain === 0) continue
        const held = amounts[feature] as number[]
        for (const [i, caseId] of (postings[feature] as number[]).entries()) {
          if (scores[caseId] === 0) touched.push(caseId)
          scores[caseId] = (scores[caseId] as number) + gain * (held[i] as number)
        }
      }
      const hits = touched.map((caseId) => {
        const length = (weights.norms[caseId] || 1) * (norm || 1)
        return { caseId, similarity: ((scores[caseId] as number) / length) * factor(cases[caseId] as Case) }
      })
      for (const caseId of touched) scores[caseId] = 0
      return nearestOf(hits)
    },
  }
}

/** The best hits, best first. Equal ones stand in the order of their numbers, so that an answer doesn't vary. */
function nearestOf(hits: readonly Hit[]): Hit[] {
  let kept: Hit[] = []
  let least = Number.NEGATIVE_INFINITY
  for (const hit of hits) {
    if (hit.similarity < least) continue
    kept.push(hit)
    if (kept.length < NEIGHBOURS * 8) continue
    kept = kept.sort(byNearness).slice(0, NEIGHBOURS)
    least = kept.at(-1)?.similarity ?? least
  }
  return kept.sort(byNearness).slice(0, NEIGHBOURS)
}

const byNearness = (a: Hit, b: Hit) => b.similarity - a.similarity || a.caseId - b.caseId

export type Choice = {
  classId: number
  score: number
  lastRow: number
  /** The most similar case that votes for it. */
  caseId: number
}

/** The nearest examples count far more than those that are merely near. */
const SHARPNESS = 8
/** Scores nearer to one another than this are a tie, which the later example wins. */
const TIE = 1e-6

/** A row to measure the learner on: its own vote doesn't count. */
export type LeftOut = { caseId: number; classId: number; weight: number }

/** Lets the nearest cases vote, each by its similarity. The best class comes first. */
export function rankByVotes(memory: Memory, hits: readonly Hit[], leftOut?: LeftOut): Choice[] {
  const choices = new Map<number, Choice>()
  const nearest = hits[0]?.similarity ?? 0
  if (nearest <= 0) return []
  for (const { caseId, similarity } of hits) {
    for (const { classId, weight, lastRow } of memory.cases[caseId]?.votes ?? []) {
      const own = leftOut?.caseId === caseId && leftOut.classId === classId ? leftOut.weight : 0
      if (weight === own) continue
      const choice = choices.get(classId) ?? { classId, score: 0, lastRow: -1, caseId }
      choices.set(classId, choice)
      choice.score += (similarity / nearest) ** SHARPNESS * (weight - own)
      choice.lastRow = Math.max(choice.lastRow, lastRow)
    }
  }
  const isTie = (a: number, b: number) => Math.abs(a - b) <= TIE * Math.max(Math.abs(a), Math.abs(b))
  return [...choices.values()].sort((a, b) => (isTie(a.score, b.score) ? b.lastRow - a.lastRow : b.score - a.score))
}
