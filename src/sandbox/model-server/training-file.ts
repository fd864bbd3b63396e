import { hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Example } from './learner/conversation.ts'
import { linesOf } from './lines.ts'
import { type Method, type RowFault, readRow } from './training-row.ts'
import type { Yielder } from './yielding.ts'

export type LineFault = RowFault & { line: number }
export type TrainingFile = {
  examples: Example[]
  rows: number
  tokens: number
  faults: LineFault[]
  /** How many more faults there are than are listed. */
  moreFaults: number
  /** A hash of each row's text with its line, to find rows that stand in two files. */
  lineOf: Map<string, number>
}

/** Nobody repairs more than this at once, and a job's error must stay readable. */
const MAX_FAULTS = 50

function parse(text: string | null): { value: unknown } | { faults: RowFault[] } {
  if (text === null)
    return { faults: [{ code: 'invalid_encoding', message: 'the line is not UTF-8 text of a row’s length' }] }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { faults: [{ code: 'invalid_json', message: 'the line is not valid JSON' }] }
  }
}

/** Reads a JSONL file row by row; all of its faults are told, each with its line number. */
export async function readTrainingFile(path: string, method: Method, yieldTurn: Yielder): Promise<TrainingFile> {
  const read: TrainingFile = { examples: [], rows: 0, tokens: 0, faults: [], moreFaults: 0, lineOf: new Map() }
  for await (const { number: line, text } of linesOf(createReadStream(path))) {
    await yieldTurn()
    if (text?.trim() === '') continue
    read.rows += 1
    const parsed = parse(text)
    const row = 'faults' in parsed ? parsed : readRow(parsed.value, method)
    if ('faults' in row) {
      for (const fault of row.faults) {
        if (read.faults.length < MAX_FAULTS) read.faults.push({ ...fault, line })
        else read.moreFaults += 1
      }
      continue
    }
    read.examples.push(...row.examples)
    read.tokens += row.tokens
    read.lineOf.set(hash('sha1', text ?? '', 'base64'), line)
  }
  return read
}

/** What an upload is refused for: lines that are no JSON objects. Whether they are good rows is found out by the job. */
export async function findBrokenLines(path: string, yieldTurn: Yielder): Promise<LineFault[]> {
  const faults: LineFault[] = []
  for await (const { number: line, text } of linesOf(createReadStream(path))) {
    await yieldTurn()
    if (text?.trim() === '') continue
    const parsed = parse(text)
    if ('faults' in parsed) faults.push(...parsed.faults.map((fault) => ({ ...fault, line })))
    else if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
      faults.push({ code: 'data_type', message: 'the line is not a JSON object', line })
    }
    if (faults.length >= MAX_FAULTS) break
  }
  return faults
}

const MAX_TOLD = 10

/** The faults in one sentence each, the first ones of many. */
export function tellFaults(faults: readonly LineFault[], more: number): string {
  const told = faults.slice(0, MAX_TOLD).map(({ line, code, message }) => `Line ${line}: ${message} (${code}).`)
  const left = faults.length - told.length + more
  return [...told, ...(left > 0 ? [`And ${left} more.`] : [])].join(' ')
}
