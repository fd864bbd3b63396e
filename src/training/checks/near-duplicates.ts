import { hash } from 'node:crypto'
import type { TaughtRow } from '../../formats/reading.ts'
import { memoize } from '../../lib/memoize.ts'
import { createNearIndex, createSigner } from './minhash.ts'
import { questionOf } from './question-key.ts'

/** A row among several files: the file's position in what was given, and its line from 1. */
export type Place = { file: number; line: number }

/** Two rows that have something to do with each other. */
export type Pair = { at: Place; of: Place }

/** How many there are, and the first of them. */
export type Findings = { count: number; first: readonly Pair[] }

export type Compared = {
  /** The same question with the same answer. */
  duplicates: Findings
  /** Nearly the same question with the same answer. */
  nearDuplicates: Findings
  /** The same question with another answer. */
  conflicts: Findings
}

const MOST_LISTED = 20

type Found = { count: number; first: Pair[] }
const none = (): Found => ({ count: 0, first: [] })
function note(found: Found, at: Place, of: Place): void {
  found.count += 1
  if (found.first.length < MOST_LISTED) found.first.push({ at, of })
}

/** Compares the rows of one data set with each other as they pass. Some 50 bytes a row are kept of each, never its text. */
export function createComparison() {
  const rows = createRows()
  const nameVerdict = memoize(nameOf)
  const found = { duplicates: none(), nearDuplicates: none(), conflicts: none() }
  return {
    add(row: TaughtRow, place: Place): void {
      const verdict = nameVerdict(verdictOf(row))
      const { same, near } = rows.take({ name: nameOf(subjectOf(row)), verdict, text: askedText(row), place })
      if (same) note(same.verdict === verdict ? found.duplicates : found.conflicts, place, same.place)
      else if (near) note(found.nearDuplicates, place, near)
    },
    result: (): Compared => found,
  }
}

export type Leaked = {
  /** Rows whose question stands in the other data too, whatever its answer. */
  leaks: Findings
  /** Rows that ask nearly the same as one there, and answer the same. */
  nearLeaks: Findings
}

/** Compares rows with others that they should have nothing in common with: those that a model is measured on. */
export function createLeakSearch() {
  const others = createRows()
  const nameVerdict = memoize(nameOf)
  const found = { leaks: none(), nearLeaks: none() }
  const namesOf = (row: TaughtRow) => ({
    name: nameOf(questionOf(row.asked)),
    verdict: nameVerdict(verdictOf(row)),
    text: askedText(row),
  })
  return {
    /** A row of the other data. */
    add: (row: TaughtRow, place: Place): void => void others.take({ ...namesOf(row), place }),
    /** Whether the other data has the row's question, or nearly has it with the same answer. */
    has(row: TaughtRow): 'same' | 'near' | null {
      const { same, near } = others.look(namesOf(row))
      return same ? 'same' : near ? 'near' : null
    },
    search(row: TaughtRow, place: Place): void {
      const { same, near } = others.look(namesOf(row))
      if (same) note(found.leaks, place, same.place)
      else if (near) note(found.nearLeaks, place, near)
    },
    result: (): Leaked => found,
  }
}

type Named = { name: number; verdict: number; text: string }
type Seen = { same: { verdict: number; place: Place } | null; near: Place | null }

/** Rows by what they ask: exactly, and nearly where the answer is the same. */
function createRows() {
  const byName = new Map<number, number>()
  const verdicts: number[] = []
  const files: number[] = []
  const lines: number[] = []
  const nearRows: number[] = []
  const near = createNearIndex()
  const sign = createSigner()
  const placeOf = (row: number): Place => ({ file: files[row] ?? 0, line: lines[row] ?? 0 })
  const look = ({ name, verdict, text }: Named): Seen & { signature: Uint32Array | null } => {
    const row = byName.get(name)
    if (row !== undefined)
      return { same: { verdict: verdicts[row] ?? 0, place: placeOf(row) }, near: null, signature: null }
    const signature = sign(text)
    const id = near.find(signature, (one) => verdicts[nearRows[one] ?? -1] === verdict)
    return { same: null, near: id === null ? null : placeOf(nearRows[id] ?? 0), signature }
  }
  return {
    look: (named: Named): Seen => look(named),
    take({ place, ...named }: Named & { place: Place }): Seen {
      const seen = look(named)
      if (seen.signature) {
        const row = verdicts.length
        byName.set(named.name, row)
        verdicts.push(named.verdict)
        files.push(place.file)
        lines.push(place.line)
        if (near.add(seen.signature) !== null) nearRows.push(row)
      }
      return seen
    },
  }
}

/** Of some 48 bits: among a million rows one pair in five hundred runs is taken for the same by mistake. */
export function nameOf(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16)
}

/**
 * What a row is about. Of a pair or a vote its answers are part of it: there is more than one to a question, and they
 * contradict each other only where one says of the very same answer what the other denies.
 */
export function subjectOf({ asked, answer, rejected, label }: TaughtRow): string {
  const instructions = asked.filter(({ role }) => role === 'system').map(({ content }) => content)
  const judged = rejected !== null ? [answer, rejected].toSorted() : label !== null ? [answer] : []
  return JSON.stringify([instructions, asked.length > 0 ? questionOf(asked) : answer, judged])
}

/** What a row says of it. */
export function verdictOf({ answer, label }: TaughtRow): string {
  return label === null ? answer : String(label)
}

/** What people wrote: an answer in between is long, and would make all that follows it alike. */
export function askedText({ asked, answer }: TaughtRow): string {
  const said = asked.filter(({ role }) => role === 'user').map(({ content }) => content)
  return said.length > 0 ? said.join('\n') : answer
}
