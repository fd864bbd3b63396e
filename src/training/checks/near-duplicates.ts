import { hash } from 'node:crypto'
import type { TrainingRow } from '../../formats/reading.ts'
import { memoize } from '../../lib/memoize.ts'
import { createMinHasher, createMinHashIndex } from './minhash.ts'
import { questionKey } from './question-key.ts'

/** A row among several files: the file's position in what was given, and its line from 1. */
export type RowLocation = { file: number; line: number }

/** Two rows that have something to do with each other. */
export type RowPair = { at: RowLocation; of: RowLocation }

/** How many there are, and the first of them. */
export type PairSample = { count: number; first: readonly RowPair[] }

export type DuplicateReport = {
  /** The same question with the same answer. */
  duplicates: PairSample
  /** Nearly the same question with the same answer. */
  nearDuplicates: PairSample
  /** The same question with another answer. */
  conflicts: PairSample
}

const MAX_LISTED = 20

type MutablePairSample = { count: number; first: RowPair[] }
const emptySample = (): MutablePairSample => ({ count: 0, first: [] })
function addPair(found: MutablePairSample, at: RowLocation, of: RowLocation): void {
  found.count += 1
  if (found.first.length < MAX_LISTED) found.first.push({ at, of })
}

/** Compares the rows of one data set with each other as they pass. Some 50 bytes a row are kept of each, never its text. */
export function createDuplicateSearch() {
  const rows = createRowIndex()
  const hashAnswer = memoize(shortHash)
  const found = { duplicates: emptySample(), nearDuplicates: emptySample(), conflicts: emptySample() }
  return {
    add(row: TrainingRow, place: RowLocation): void {
      const answerHash = hashAnswer(answerKeyOf(row))
      const { exact, near } = rows.take({
        questionHash: shortHash(subjectKeyOf(row)),
        answerHash,
        userText: userTextOf(row),
        place,
      })
      if (exact) addPair(exact.verdict === answerHash ? found.duplicates : found.conflicts, place, exact.place)
      else if (near) addPair(found.nearDuplicates, place, near)
    },
    result: (): DuplicateReport => found,
  }
}

export type LeakReport = {
  /** Rows whose question stands in the other data too, whatever its answer. */
  leaks: PairSample
  /** Rows that ask nearly the same as one there, and answer the same. */
  nearLeaks: PairSample
}

/** Compares rows with others that they should have nothing in common with: those that a model is measured on. */
export function createLeakSearch() {
  const others = createRowIndex()
  const hashAnswer = memoize(shortHash)
  const found = { leaks: emptySample(), nearLeaks: emptySample() }
  const keyOf = (row: TrainingRow) => ({
    questionHash: shortHash(questionKey(row.prompt)),
    answerHash: hashAnswer(answerKeyOf(row)),
    userText: userTextOf(row),
  })
  return {
    /** A row of the other data. */
    add: (row: TrainingRow, place: RowLocation): void => void others.take({ ...keyOf(row), place }),
    /** Whether the other data has the row's question, or nearly has it with the same answer. */
    has(row: TrainingRow): 'same' | 'near' | null {
      const { exact, near } = others.look(keyOf(row))
      return exact ? 'same' : near ? 'near' : null
    },
    search(row: TrainingRow, place: RowLocation): void {
      const { exact, near } = others.look(keyOf(row))
      if (exact) addPair(found.leaks, place, exact.place)
      else if (near) addPair(found.nearLeaks, place, near)
    },
    result: (): LeakReport => found,
  }
}

type RowKey = { questionHash: number; answerHash: number; userText: string }
type Match = { exact: { verdict: number; place: RowLocation } | null; near: RowLocation | null }

/** Rows by what they ask: exactly, and nearly where the answer is the same. */
function createRowIndex() {
  const byQuestionHash = new Map<number, number>()
  const answerHashes: number[] = []
  const files: number[] = []
  const lines: number[] = []
  const nearRows: number[] = []
  const near = createMinHashIndex()
  const sign = createMinHasher()
  const placeOf = (row: number): RowLocation => ({ file: files[row] ?? 0, line: lines[row] ?? 0 })
  const find = ({ questionHash, answerHash, userText }: RowKey): Match & { signature: Uint32Array | null } => {
    const row = byQuestionHash.get(questionHash)
    if (row !== undefined)
      return { exact: { verdict: answerHashes[row] ?? 0, place: placeOf(row) }, near: null, signature: null }
    const signature = sign(userText)
    const id = near.find(signature, (one) => answerHashes[nearRows[one] ?? -1] === answerHash)
    return { exact: null, near: id === null ? null : placeOf(nearRows[id] ?? 0), signature }
  }
  return {
    look: (named: RowKey): Match => find(named),
    take({ place, ...named }: RowKey & { place: RowLocation }): Match {
      const seen = find(named)
      if (seen.signature) {
        const row = answerHashes.length
        byQuestionHash.set(named.questionHash, row)
        answerHashes.push(named.answerHash)
        files.push(place.file)
        lines.push(place.line)
        if (near.add(seen.signature) !== null) nearRows.push(row)
      }
      return seen
    },
  }
}

/** Of some 48 bits: among a million rows one pair in five hundred runs is taken for the same by mistake. */
export function shortHash(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16)
}

/**
 * What a row is about. Of a pair or a vote its answers are part of it: there is more than one to a question, and they
 * contradict each other only where one says of the very same answer what the other denies.
 */
export function subjectKeyOf({ prompt, answer, rejected, label }: TrainingRow): string {
  const instructions = prompt.filter(({ role }) => role === 'system').map(({ content }) => content)
  const judged = rejected !== null ? [answer, rejected].toSorted() : label !== null ? [answer] : []
  return JSON.stringify([instructions, prompt.length > 0 ? questionKey(prompt) : answer, judged])
}

/** What a row says of it. */
export function answerKeyOf({ answer, label }: TrainingRow): string {
  return label === null ? answer : String(label)
}

/** What people wrote: an answer in between is long, and would make all that follows it alike. */
export function userTextOf({ prompt, answer }: TrainingRow): string {
  const said = prompt.filter(({ role }) => role === 'user').map(({ content }) => content)
  return said.length > 0 ? said.join('\n') : answer
}
