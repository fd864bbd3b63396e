import { hash } from 'node:crypto'
import type { Yielder } from '../yielding.ts'
import { conversationFeatures, type Example, type KeyTest } from './conversation.ts'
import { type Case, createMemory, type Memory } from './memory.ts'
import { classifyOutputs, type Template } from './slots.ts'
import { createSpelling, type Spelling } from './spelling.ts'
import { atomsOf } from './text.ts'

/** The examples in the form they are learnt in: cases to remember, classes of answers, and the names of all features. */
export type Prepared = {
  examples: readonly Example[]
  classes: readonly Template[]
  classOf: Int32Array
  /** The case of each example. Examples with the same question share one. */
  caseOf: Int32Array
  memory: Memory
  names: readonly string[]
  featureOf: ReadonlyMap<string, number>
  spelling: Spelling
  systems: readonly string[]
  isKnownId: KeyTest
  /** The identifiers that were only ever seen standing for any of their kind. */
  openIds: ReadonlySet<string>
}

/** Numbers things in the order they first appear. */
function createNumbering(): { of(name: string): number; numbers: Map<string, number> } {
  const numbers = new Map<string, number>()
  return {
    numbers,
    of(name) {
      const number = numbers.get(name) ?? numbers.size
      numbers.set(name, number)
      return number
    },
  }
}

/** Reads the examples into cases, classes and features. Nothing is learnt of them yet. */
export async function prepare(examples: readonly Example[], yieldTurn: Yielder): Promise<Prepared> {
  const ids = new Set<string>()
  for (const { question, output } of examples) {
    await yieldTurn()
    for (const { key, isId } of [...atomsOf(question), ...atomsOf(output)]) if (isId) ids.add(key)
  }
  const isKnownId = (key: string) => ids.has(key)
  const { classes, classOf, copiedKeys } = classifyOutputs(examples, isKnownId)

  const features = createNumbering()
  const systems = createNumbering()
  const caseIds = createNumbering()
  const cases: Case[] = []
  const caseOf = new Int32Array(examples.length)
  const openIds = new Set<string>()
  const closedIds = new Set<string>()
  for (const [row, example] of examples.entries()) {
    await yieldTurn()
    const isOpen = (key: string) => copiedKeys.get(row)?.has(key) === true && /\p{L}/u.test(key)
    for (const { key, isId } of atomsOf(example.question, isKnownId)) {
      if (isId) (isOpen(key) ? openIds : closedIds).add(key)
    }
    const amounts = conversationFeatures(example, isKnownId, isOpen)
    const parts = [...amounts].map(([name, amount]) => `${name}\u0001${amount.toFixed(2)}`).sort()
    const caseId = caseIds.of(hash('sha1', [example.system, ...parts].join('\u0002'), 'base64'))
    const found = cases[caseId] ?? {
      system: systems.of(example.system),
      features: Int32Array.from(amounts.keys(), features.of),
      amounts: Float32Array.from(amounts.values()),
      votes: [],
    }
    cases[caseId] = found
    caseOf[row] = caseId
    const classId = classOf[row] ?? 0
    const vote = found.votes.find((one) => one.classId === classId)
    if (vote) Object.assign(vote, { weight: vote.weight + example.weight, lastRow: row })
    else found.votes.push({ classId, weight: example.weight, lastRow: row })
  }
  const names = [...features.numbers.keys()]
  return {
    examples,
    classes,
    classOf,
    caseOf,
    memory: createMemory(cases, names.length),
    names,
    featureOf: features.numbers,
    spelling: createSpelling(names),
    systems: [...systems.numbers.keys()],
    isKnownId,
    openIds: openIds.difference(closedIds),
  }
}
