import { createHash } from 'node:crypto'
import { readLines } from '../lib/lines.ts'
import { duplicateKeyIn } from './duplicate-keys.ts'
import { type Fault, type FaultKind, isRecord, type Note, nameOf, shown, sizeFaults } from './faults.ts'
import { SHAPES } from './shapes.ts'
import { type Shape, TARGET_NAMES, TARGETS, type Target, type TargetName } from './targets.ts'

export type FileCheck = {
  rows: number
  bytes: number
  sha256: string
  /** The first faults in the order of the file. */
  faults: readonly Fault[]
  /** All faults, the listed ones included. */
  faultCount: number
}

export type RowFault = { name: string; message: string }

/** A line that could be read; `shape` is null where it is built as no target takes it. */
export type ReadRow = { number: number; line: string; value: Record<string, unknown>; shape: Shape | null }

export type Following = {
  signal?: AbortSignal | undefined
  /** Every line that is a JSON object, in the pass that checks it. */
  onRow?: (row: ReadRow) => void
  onBytes?: (bytes: number) => void
}

const MAX_LISTED = 100
export const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Checks a training file against one trainer's rules and tells each fault by its line and by the trainer's own name for
 * it. Constant memory, whatever the file's size. Throws `FileUnreadableError`.
 */
export async function validateFile(
  file: string,
  name: TargetName,
  { fewest, ...following }: Following & { fewest?: number } = {},
): Promise<FileCheck> {
  const checker = createChecker(name)
  const totals = await readRows(file, [checker], following)
  return checker.end(totals, fewest)
}

/** The same for several trainers, or for all that take rows of this file's shape, in one pass. */
export async function validateFor(
  file: string,
  wanted: readonly TargetName[] | 'fitting',
  following: Following = {},
): Promise<Partial<Record<TargetName, FileCheck>>> {
  const names = wanted === 'fitting' ? await fittingTargets(file, following.signal) : wanted
  const checkers = names.map(createChecker)
  const totals = await readRows(file, checkers, following)
  return Object.fromEntries(checkers.map((checker) => [checker.name, checker.end(totals)]))
}

/** Those with more keys first: a vote is a completion too. */
const BY_KEYS = (Object.keys(SHAPES) as Shape[]).toSorted((a, b) => SHAPES[b].keys.length - SHAPES[a].keys.length)

/** The targets that take rows built as the first readable one; all of them where none tells. */
async function fittingTargets(file: string, signal: AbortSignal | undefined): Promise<readonly TargetName[]> {
  for await (const { number, bytes } of readLines(file, { signal })) {
    if (number > MAX_LISTED) break
    const read = readLine(number, bytes)
    if ('fault' in read || !isRecord(read.value)) continue
    const shape = shapeOf(read.value, BY_KEYS)
    const fitting = TARGET_NAMES.filter((name) =>
      (TARGETS[name].shapes as readonly Shape[]).some((one) => one === shape),
    )
    if (shape && fitting.length > 0) return fitting
  }
  return TARGET_NAMES
}

type Totals = { rows: number; bytes: number; sha256: string }

async function readRows(
  file: string,
  checkers: readonly Checker[],
  { signal, onRow, onBytes }: Following,
): Promise<Totals> {
  const hash = createHash('sha256')
  let bytes = 0
  let rows = 0
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    hash.update(chunk)
    onBytes?.(bytes)
  }
  for await (const { number, bytes: line } of readLines(file, { signal, onBytes: count })) {
    rows += 1
    const read = readLine(number, line)
    let shape: Shape | null = null
    for (const checker of checkers) shape = checker.take(number, read) ?? shape
    if (onRow && !('fault' in read) && isRecord(read.value))
      onRow({ number, line: read.line, value: read.value, shape })
  }
  return { rows, bytes, sha256: hash.digest('hex') }
}

/** A line as every trainer reads it, or what is wrong with it for all of them. */
type ReadLine = { hasMark: boolean } & ParsedLine
type ParsedLine = { line: string; value: unknown; twice: string | null } | { fault: FaultKind; message: string }

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readLine(number: number, bytes: Buffer | null): ReadLine {
  if (!bytes) return { hasMark: false, fault: 'invalid_text', message: 'the line is longer than 8 MB' }
  let text: string
  try {
    text = UTF8.decode(bytes)
  } catch {
    return { hasMark: false, fault: 'invalid_text', message: textFault(number, bytes) }
  }
  const hasMark = number === 1 && text.startsWith(BYTE_ORDER_MARK)
  return { hasMark, ...parseLine(hasMark ? text.slice(1) : text) }
}

function parseLine(line: string): ParsedLine {
  try {
    const value: unknown = JSON.parse(line)
    return { line, value, twice: duplicateKeyIn(line, value) }
  } catch {
    return { fault: 'invalid_json', message: jsonFault(line) }
  }
}

/** Windows' "Unicode" files begin so. */
const UTF_16 = ['fffe', 'feff']

function textFault(number: number, bytes: Buffer): string {
  if (number === 1 && UTF_16.includes(bytes.toString('hex', 0, 2))) return 'the file is UTF-16; save it as UTF-8'
  return bytes.includes(0) ? 'the line is no text' : 'the line is not valid UTF-8'
}

function jsonFault(line: string): string {
  const text = line.trim()
  if (!text) return 'the line is empty'
  if (text === '[' || text === '{') return 'the line is not valid JSON: each row stands on a line of its own'
  return 'the line is not valid JSON'
}

type Checker = {
  name: TargetName
  /** Notes the faults of a line; what it is built as, null where that cannot be told. */
  take: (number: number, read: ReadLine) => Shape | null
  end: (totals: Totals, fewest?: number) => FileCheck
}

function createChecker(name: TargetName): Checker {
  const target: Target = TARGETS[name]
  const faults: Fault[] = []
  let faultCount = 0
  let firstShape: Shape | null = null
  const tell = (fault: Fault) => {
    faultCount += 1
    if (faults.length < MAX_LISTED) faults.push(fault)
  }
  return {
    name,
    take(number, read) {
      const note = (kind: FaultKind, message: string) => tell({ line: number, name: nameOf(target, kind), message })
      if (number === 1) checkMark(read.hasMark, target, note)
      const shape = checkRead(read, target, note)
      firstShape ??= shape
      if (shape && shape !== firstShape)
        note('mixed_shapes', `the line is built as ${shape}, the ones before as ${firstShape}`)
      return shape
    },
    end(totals, fewest) {
      for (const fault of sizeFaults(name, totals)) {
        const isWaived =
          fault.name === nameOf(target, 'too_few_examples') && fewest !== undefined && totals.rows >= fewest
        if (!isWaived) tell(fault)
      }
      return { ...totals, faults, faultCount }
    },
  }
}

function checkMark(hasMark: boolean, { byteOrderMark, title }: Target, note: Note): void {
  if (hasMark && byteOrderMark === 'refused') note('byte_order_mark', 'the file starts with a byte order mark')
  if (!hasMark && byteOrderMark === 'needed')
    note('byte_order_mark', `the file does not start with a byte order mark, which ${title} asks for`)
}

/** The faults of one line. */
export function rowFaults(line: string, name: TargetName): RowFault[] {
  const target: Target = TARGETS[name]
  const faults: RowFault[] = []
  const note: Note = (kind, message) => faults.push({ name: nameOf(target, kind), message })
  checkRead({ hasMark: false, ...parseLine(line) }, target, note)
  return faults
}

function checkRead(read: ReadLine, target: Target, note: Note): Shape | null {
  if ('fault' in read) {
    note(read.fault, read.message)
    return null
  }
  const { value: row, twice } = read
  if (!isRecord(row)) {
    note('data_type', 'the line is not a JSON object')
    return null
  }
  if (twice !== null)
    note('duplicate_key', `the key ${shown(twice)} stands twice in one object, and one of them is lost`)
  const { shapes, extraKeys } = target
  const shape = shapeOf(row, shapes) ?? nearestShape(row, shapes)
  const { keys, optional, check } = SHAPES[shape]
  const missing = keys.filter((key) => !(key in row))
  if (missing.includes('messages'))
    note(
      'missing_messages_list',
      `there is no list "messages"${shapes.length > 1 ? ', nor another shape we know' : ''}`,
    )
  else for (const key of missing) note('missing_key', `there is no key "${key}"`)
  for (const key of Object.keys(row))
    if (!keys.includes(key) && !optional.includes(key) && !extraKeys.includes(key))
      note('unrecognized_key', `the key ${shown(key)} is not known to ${target.title}`)
  if (missing.length === 0) check(row, target, note)
  return missing.length === 0 ? shape : null
}

function shapeOf(row: Record<string, unknown>, shapes: readonly Shape[]): Shape | null {
  return shapes.find((one) => SHAPES[one].keys.every((key) => key in row)) ?? null
}

/** What a faulty line was probably meant to be: the shape it has the most keys of. */
function nearestShape(row: Record<string, unknown>, shapes: readonly Shape[]): Shape {
  const has = (shape: Shape) => SHAPES[shape].keys.filter((key) => key in row).length
  return shapes.reduce((best, shape) => (has(shape) > has(best) ? shape : best))
}
