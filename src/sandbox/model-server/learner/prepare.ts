import { hash } from 'node:crypto'
import type { Pace } from '../pace.ts'
import { type Conversation, conversationFeatures, type Example } from './conversation.ts'
import { type Case, createMemory, type Memory, type Vote } from './memory.ts'
import type { OutputClass } from './slot.ts'
import { classifyOutputs } from './slots.ts'
import { type Atom, atomsOf, familyOf, idFeature, shapeOf } from './text.ts'

/** The examples in the form they are learnt in: cases to remember, classes of answers, and the names of all features. */
export type Prepared = {
  examples: readonly Example[]
  classes: readonly OutputClass[]
  classOf: Int32Array
  /** The case of each example; examples with the same question share one. */
  caseOf: Int32Array
  memory: Memory
  names: readonly string[]
  featureOf: ReadonlyMap<string, number>
  systems: readonly string[]
  isKnownId: (key: string) => boolean
  /** The case of exactly this situation, if it was taught. */
  exactCase(conversation: Conversation, features: ReadonlyMap<string, number>): number | undefined
  /** Kinds of identifiers of which any other could stand in a question just as well, with their features. */
  openShapes: ReadonlyMap<string, number>
  /** The identifiers that were only ever seen standing for any of their kind. */
  openIds: ReadonlySet<string>
}

/** In a class of answers, a kind of identifier is open when it varies this much and stands in a good part of its questions. */
const MIN_OPEN_KEYS = 3
const MIN_OPEN_SHARE = 0.25
const AS_ANY_OF_ITS_KIND = 0.9
const AS_ITSELF = 0.3

const hasLetter = (key: string) => /\p{L}/u.test(key)

async function collectIds(examples: readonly Example[], pace: Pace): Promise<Set<string>> {
  const ids = new Set<string>()
  for (const { question, output } of examples) {
    await pace()
    for (const atom of [...atomsOf(question), ...atomsOf(output)]) {
      if (atom.isId) ids.add(atom.key).add(familyOf(atom.key))
    }
  }
  return ids
}

/** For each class of answers, the shapes of identifiers that stand open in its questions. */
async function findOpenShapes(
  questions: readonly (readonly Atom[])[],
  classOf: Int32Array,
  copiedKeys: ReadonlyMap<number, ReadonlySet<string>>,
  pace: Pace,
): Promise<Map<number, Set<string>>> {
  const rowsOf = new Map<number, number>()
  const seen = new Map<number, Map<string, { keys: Set<string>; rows: number }>>()
  const open = new Map<number, Set<string>>()
  const markOpen = (classId: number, shape: string) => open.set(classId, (open.get(classId) ?? new Set()).add(shape))
  for (const [row, atoms] of questions.entries()) {
    await pace()
    const classId = classOf[row] ?? 0
    rowsOf.set(classId, (rowsOf.get(classId) ?? 0) + 1)
    const shapes = seen.get(classId) ?? new Map<string, { keys: Set<string>; rows: number }>()
    seen.set(classId, shapes)
    const inRow = new Set<string>()
    for (const { key, isId } of atoms) {
      if (!isId || !hasLetter(key)) continue
      const shape = shapeOf(key)
      const found = shapes.get(shape) ?? { keys: new Set(), rows: 0 }
      shapes.set(shape, found)
      if (found.keys.size < MIN_OPEN_KEYS) found.keys.add(key)
      if (!inRow.has(shape)) found.rows += 1
      inRow.add(shape)
      if (copiedKeys.get(row)?.has(key)) markOpen(classId, shape)
    }
  }
  for (const [classId, shapes] of seen) {
    for (const [shape, { keys, rows }] of shapes) {
      if (keys.size >= MIN_OPEN_KEYS && rows >= MIN_OPEN_SHARE * (rowsOf.get(classId) ?? 0)) markOpen(classId, shape)
    }
  }
  return open
}

const openFeature = (shape: string) => `open:${shape}`

/** Lets an identifier count less as itself than as any of its kind. */
export function markOpen(features: Map<string, number>, key: string): void {
  features.set(idFeature(key), AS_ITSELF)
  features.set(openFeature(shapeOf(key)), AS_ANY_OF_ITS_KIND)
  for (const number of key.match(/\p{N}+/gu) ?? []) features.delete(`n${number}`)
}

function situationKey(system: string, features: ReadonlyMap<string, number>): string {
  const parts = [...features].map(([name, amount]) => `${name}\u0001${amount.toFixed(2)}`).sort()
  return hash('sha1', [system, ...parts].join('\u0002'), 'base64')
}

function addVote(votes: Vote[], classId: number, weight: number, row: number): void {
  const vote = votes.find((one) => one.classId === classId)
  if (!vote) votes.push({ classId, weight, lastRow: row })
  else {
    vote.weight += weight
    vote.lastRow = row
  }
}

/** Reads the examples into cases, classes and features; nothing is learnt of them yet. */
export async function prepare(examples: readonly Example[], pace: Pace): Promise<Prepared> {
  const ids = await collectIds(examples, pace)
  const isKnownId = (key: string) => ids.has(key)
  const { classes, classOf, copiedKeys } = await classifyOutputs(examples, isKnownId, pace)
  const questions = examples.map(({ question }) => atomsOf(question, isKnownId))
  const openIn = await findOpenShapes(questions, classOf, copiedKeys, pace)

  const featureOf = new Map<string, number>()
  const names: string[] = []
  const openShapes = new Map<string, number>()
  const openIds = new Set<string>()
  const closedIds = new Set<string>()
  const intern = (name: string) => {
    const known = featureOf.get(name)
    if (known !== undefined) return known
    featureOf.set(name, names.length)
    names.push(name)
    return names.length - 1
  }
  const systemOf = new Map<string, number>()
  const caseIds = new Map<string, number>()
  const cases: Case[] = []
  const caseOf = new Int32Array(examples.length)
  for (const [row, example] of examples.entries()) {
    await pace()
    const { features } = conversationFeatures(example, isKnownId)
    const key = situationKey(example.system, features)
    const classId = classOf[row] ?? 0
    let caseId = caseIds.get(key)
    if (caseId === undefined) {
      caseId = cases.length
      caseIds.set(key, caseId)
      for (const { key: id, isId } of questions[row] ?? []) {
        const shape = shapeOf(id)
        if (!isId || !openIn.get(classId)?.has(shape)) {
          closedIds.add(id)
          continue
        }
        openIds.add(id)
        markOpen(features, id)
        openShapes.set(shape, intern(openFeature(shape)))
      }
      const system = systemOf.get(example.system) ?? systemOf.size
      systemOf.set(example.system, system)
      cases.push({
        system,
        features: Int32Array.from(features.keys(), intern),
        amounts: Float32Array.from(features.values()),
        votes: [],
      })
    }
    caseOf[row] = caseId
    addVote(cases[caseId]?.votes ?? [], classId, example.weight, row)
  }
  return {
    examples,
    classes,
    classOf,
    caseOf,
    memory: createMemory(cases, names.length),
    names,
    featureOf,
    systems: [...systemOf.keys()],
    isKnownId,
    exactCase: (conversation, features) => caseIds.get(situationKey(conversation.system, features)),
    openShapes,
    openIds: openIds.difference(closedIds),
  }
}
