import { NEIGHBOURS, systemNearness } from './asking.ts'
import type { Example } from './conversation.ts'
import type { Case, Hit, Weights } from './memory.ts'
import type { Prepared } from './prepare.ts'
import { rankByVotes } from './voting.ts'
import { normOf } from './weights.ts'

export type Measured = { loss: number; accuracy: number }

/** A hopeless answer is as wrong as this, never infinitely wrong: ln 0.01. */
const FLOOR = 0.01
/** From this similarity on the learner is as sure as it gets. */
const SURE = 0.6

export const lossOf = (right: number, similarity: number) =>
  -Math.log(Math.max(FLOOR, Math.min(1, right * Math.min(1, similarity / SURE))))

export const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])

/** How much of one answer's words are the other's: the share of tokens that would be right. */
export function agreement(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return a.size + b.size === 0 ? 1 : (2 * a.intersection(b).size) / (a.size + b.size)
}

export function mean(measured: readonly Measured[]): Measured {
  const sum = { loss: 0, accuracy: 0 }
  for (const { loss, accuracy } of measured) {
    sum.loss += loss
    sum.accuracy += accuracy
  }
  const count = Math.max(1, measured.length)
  return { loss: sum.loss / count, accuracy: sum.accuracy / count }
}

export type Examined = Measured & {
  hits: readonly Hit[]
  /** The share of the votes that the row's own answer got. */
  share: number
  similarity: number
}

/** Examines rows as if each had not been learnt: by its neighbours, without its own vote. */
export function createExaminer(prepared: Prepared, weights: Weights): (row: number) => Examined {
  const { memory, classes } = prepared
  const words = new Map<number, Set<string>>()
  const wordsOfClass = (classId: number) => {
    const known = words.get(classId) ?? wordsOf(classes[classId]?.literals.join(' ') ?? '')
    words.set(classId, known)
    return known
  }
  return (row) => {
    const caseId = prepared.caseOf[row] as number
    const classId = prepared.classOf[row] as number
    const example = prepared.examples[row] as Example
    const found = memory.cases[caseId] as Case
    const hasOtherVotes = found.votes.some((vote) => vote.classId !== classId || vote.weight !== example.weight)
    const hits = memory
      .nearest({
        terms: Array.from(found.features, (feature, i) => ({ feature, amount: found.amounts[i] as number })),
        norm: normOf(found, weights),
        weights,
        factor: (other) => systemNearness(prepared.systems[other.system] ?? '', example.system),
        count: NEIGHBOURS + 1,
      })
      .filter((hit) => hit.caseId !== caseId || hasOtherVotes)
    const choices = rankByVotes(memory, hits, { caseId, classId, weight: example.weight }).filter(
      (choice) => choice.score > 0,
    )
    const own = wordsOfClass(classId)
    const similarity = hits[0]?.similarity ?? 0
    let all = 0
    let right = 0
    let share = 0
    for (const choice of choices) {
      all += choice.score
      right += choice.score * agreement(wordsOfClass(choice.classId), own)
      if (choice.classId === classId) share = choice.score
    }
    const best = choices[0]
    return {
      loss: lossOf(all > 0 ? right / all : 0, similarity),
      accuracy: best ? agreement(wordsOfClass(best.classId), own) : 0,
      hits,
      share: all > 0 ? share / all : 0,
      similarity,
    }
  }
}
