import { createHash } from 'node:crypto'
import { readLines } from '../../lib/lines.ts'
import { type Fault, type FaultKind, isRecord, nameOf, shown, sizeFaults } from './faults.ts'
import { SHAPES } from './shapes.ts'
import { type Shape, TARGETS, type Target, type TargetName } from './targets.ts'

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

const MOST_LISTED = 100
export const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Checks a training file against one trainer's rules and tells each fault by its line and by the trainer's own name for
 * it. Constant memory, whatever the file's size. Throws `FileUnreadableError`.
 */
export async function validateFile(
  file: string,
  name: TargetName,
  { signal, fewest }: { signal?: AbortSignal; fewest?: number } = {},
): Promise<FileCheck> {
  const target: Target = TARGETS[name]
  const hash = createHash('sha256')
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const faults: Fault[] = []
  let faultCount = 0
  let bytes = 0
  let rows = 0
  let firstShape: Shape | null = null
  const tell = (fault: Fault) => {
    faultCount += 1
    if (faults.length < MOST_LISTED) faults.push(fault)
  }
  const note = (line: number, kind: FaultKind, message: string) => tell({ line, name: nameOf(target, kind), message })
  const onBytes = (chunk: Buffer) => {
    bytes += chunk.length
    hash.update(chunk)
  }
  for await (const { number, bytes: line } of readLines(file, { signal, onBytes })) {
    rows += 1
    let text = ''
    try {
      if (!line) {
        note(number, 'invalid_text', 'the line is longer than 8 MB')
        continue
      }
      text = utf8.decode(line)
    } catch {
      note(number, 'invalid_text', 'the line is not valid UTF-8')
      continue
    }
    if (number === 1) text = withoutMark(text, target, (kind, message) => note(1, kind, message))
    const shape = checkLine(text, target, (kind, message) => note(number, kind, message))
    firstShape ??= shape
    if (shape && shape !== firstShape)
      note(number, 'mixed_shapes', `the line is built as ${shape}, the ones before as ${firstShape}`)
  }
  for (const fault of sizeFaults(name, { rows, bytes })) {
    const isWaived = fault.name === nameOf(target, 'too_few_examples') && fewest !== undefined && rows >= fewest
    if (!isWaived) tell(fault)
  }
  return { rows, bytes, sha256: hash.digest('hex'), faults, faultCount }
}

function withoutMark(text: string, { byteOrderMark, title }: Target, note: (kind: FaultKind, message: string) => void) {
  const hasMark = text.startsWith(BYTE_ORDER_MARK)
  if (hasMark && byteOrderMark === 'refused') note('byte_order_mark', 'the file starts with a byte order mark')
  if (!hasMark && byteOrderMark === 'needed')
    note('byte_order_mark', `the file does not start with a byte order mark, which ${title} asks for`)
  return hasMark ? text.slice(1) : text
}

/** The faults of one line. */
export function rowFaults(line: string, name: TargetName): RowFault[] {
  const target: Target = TARGETS[name]
  const faults: RowFault[] = []
  checkLine(line, target, (kind, message) => faults.push({ name: nameOf(target, kind), message }))
  return faults
}

/** Notes the faults of a line; what it is built as, null where that cannot be told. */
function checkLine(line: string, target: Target, note: (kind: FaultKind, message: string) => void): Shape | null {
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch {
    note('invalid_json', line.trim() ? 'the line is not valid JSON' : 'the line is empty')
    return null
  }
  if (!isRecord(row)) {
    note('data_type', 'the line is not a JSON object')
    return null
  }
  const { shapes, extraKeys } = target
  const shape = shapes.find((one) => SHAPES[one].keys.every((key) => key in row)) ?? nearestShape(row, shapes)
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

/** What a faulty line was probably meant to be: the shape it has the most keys of. */
function nearestShape(row: Record<string, unknown>, shapes: readonly Shape[]): Shape {
  const has = (shape: Shape) => SHAPES[shape].keys.filter((key) => key in row).length
  return shapes.reduce((best, shape) => (has(shape) > has(best) ? shape : best))
}
