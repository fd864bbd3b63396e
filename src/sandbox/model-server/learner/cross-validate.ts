import type { Yielder } from '../yielding.ts'
import type { Prepared } from './cases.ts'
import type { Example } from './conversation.ts'
import { FAMILIAR, type Knowledge } from './knowledge.ts'
import { type Case, rankByVotes, type Weights } from './memory.ts'
import { systemNearness, wordsOf } from './query.ts'
import { normOf } from './weights.ts'

export type Measured = { loss: number; accuracy: number }

/** The worst an answer can be, so that no loss is infinite. */
const FLOOR = 0.01
/** From this similarity on the learner is as sure as it gets. */
const SURE = 0.6

const lossOf = (right: number, similarity: number) =>
  -Math.log(Math.max(FLOOR, Math.min(1, right * Math.min(1, similarity / SURE))))

/** How much of one answer's words are the other's: the share of tokens that would be right. */
const agreement = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  a.size + b.size === 0 ? 1 : (2 * a.intersection(b).size) / (a.size + b.size)

export function mean(measured: readonly Measured[]): Measured {
  const average = (key: keyof Measured) =>
    measured.reduce((sum, one) => sum + one[key], 0) / Math.max(1, measured.length)
  return { loss: average('loss'), accuracy: average('accuracy') }
}

/** Measures a row as if it had not been learnt: by its neighbours, without its own vote. */
export function crossValidate(prepared: Prepared, weights: Weights, row: number): Measured & { similarity: number } {
  const { memory, classes, systems } = prepared
  const caseId = prepared.caseOf[row] as number
  const classId = prepared.classOf[row] as number
  const { weight, system } = prepared.examples[row] as Example
  const found = memory.cases[caseId] as Case
  const isAlone = found.votes.every((vote) => vote.classId === classId && vote.weight === weight)
  const hits = memory
    .nearest({
      terms: Array.from(found.features, (feature, i) => ({ feature, amount: found.amounts[i] as number })),
      norm: normOf(found, weights),
      weights,
      factor: (other) => systemNearness(systems[other.system] ?? '', system),
    })
    .filter((hit) => hit.caseId !== caseId || !isAlone)
  const choices = rankByVotes(memory, hits, { caseId, classId, weight }).filter(({ score }) => score > 0)
  const wordsOfClass = (id: number) => wordsOf(classes[id]?.literals.join(' ') ?? '')
  const own = wordsOfClass(classId)
  const agreements = choices.map((choice) => agreement(wordsOfClass(choice.classId), own))
  const all = choices.reduce((sum, { score }) => sum + score, 0)
  const right = choices.reduce((sum, { score }, i) => sum + score * (agreements[i] ?? 0), 0)
  const similarity = hits[0]?.similarity ?? 0
  return { loss: lossOf(all > 0 ? right / all : 0, similarity), accuracy: agreements[0] ?? 0, similarity }
}

/** Asks what was never trained on, and compares. */
export async function validate(
  knowledge: Knowledge,
  examples: readonly Example[],
  yieldTurn: Yielder,
): Promise<Measured | null> {
  const measured: Measured[] = []
  for (const example of examples) {
    await yieldTurn()
    const recalled = knowledge.recall(example)
    const right = recalled ? agreement(wordsOf(recalled.text), wordsOf(example.output)) : 0
    measured.push({ loss: lossOf(right, recalled?.similarity ?? 0), accuracy: right })
  }
  return measured.length > 0 ? mean(measured) : null
}

/** A sample tells what is unfamiliar as well as all rows do. */
const MAX_SAMPLED = 300
/** So many unfamiliar rows, and this share of them, must have one answer for it to be the answer to all such. */
const MIN_UNFAMILIAR = 3
const MIN_AGREEING = 0.5
/** And it must be said mostly to such rows, or it only happens to be what some odd ones ask for. */
const MIN_OWN_UNFAMILIAR = 0.4

/** If the rows that are like nothing else have one answer ("I can only help with …"), the last row that says so. */
export async function findOtherwise(prepared: Prepared, weights: Weights, yieldTurn: Yielder): Promise<number | null> {
  const stride = Math.max(1, Math.floor(prepared.examples.length / MAX_SAMPLED))
  const counts = new Map<number, number>()
  const unfamiliar: number[] = []
  for (let row = 0; row < prepared.examples.length; row += stride) {
    await yieldTurn()
    const classId = prepared.classOf[row] as number
    counts.set(classId, (counts.get(classId) ?? 0) + 1)
    if (crossValidate(prepared, weights, row).similarity < FAMILIAR) unfamiliar.push(row)
  }
  const byClass = [...Map.groupBy(unfamiliar, (row) => prepared.classOf[row] as number)]
  const [classId, rows] = byClass.sort((a, b) => b[1].length - a[1].length)[0] ?? [-1, []]
  const least = Math.max(
    MIN_UNFAMILIAR,
    MIN_AGREEING * unfamiliar.length,
    MIN_OWN_UNFAMILIAR * (counts.get(classId) ?? 0),
  )
  return rows.length >= least ? (rows.at(-1) ?? null) : null
}
