import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseTrainingRow } from '../../formats/reading.ts'
import { BYTE_ORDER_MARK, type ReadRow, validateFor } from '../../formats/validating.ts'
import { AppError, isAbort } from '../../lib/errors.ts'
import { hashRank, sha256 } from '../../lib/hash.ts'
import { readLines } from '../../lib/lines.ts'
import { createFileProgress, type FileProgress } from '../checks/file-progress.ts'
import { labelOf } from '../checks/label-counts.ts'
import { answerKeyOf, shortHash, subjectKeyOf } from '../checks/near-duplicates.ts'
import { questionKey } from '../checks/question-key.ts'
import { DatasetUnusableError } from '../errors.ts'
import { refuseOverwriting, writeErrorReason, writeFileAtomic } from './atomic-write.ts'
import { type GoldenSet, toManifestGolden } from './golden.ts'
import { createTemplateGroups } from './grouping.ts'
import { type FileRecord, type Manifest, readManifest } from './manifest.ts'

export type FileSplitRequest = {
  /** JSONL of any shape that a trainer takes. */
  file: string
  folder: string
  seed: number
  /** Of the rows, to be held out. */
  share: number
  golden?: GoldenSet | undefined
  signal?: AbortSignal | undefined
  onProgress?: FileProgress
}

export type FileSplit = {
  train: string
  heldOut: string
  manifestFile: string
  manifest: Manifest
  /** Classes that are measured by no row: there was no way of asking to spare. */
  unmeasuredLabels: readonly string[]
}

type Row = {
  group: string
  label: string
  source: string
  question: string
  subjectHash: number
  answerHash: number
  isGolden: boolean
}

type Side = 'train' | 'heldOut'

/** Where a row goes, or why it goes nowhere. */
type RowAssignment = Side | 'repeated' | 'ambiguous'

/**
 * Splits a file into what is trained on and what is measured on: all ways of asking one thing on one side, each class
 * with its share on both, what the golden set asks never in training. The same file and seed make the same bytes. What
 * is repeated stands once, and of two answers to one question neither is taught. Throws {@link DatasetUnusableError} and
 * `FileUnreadableError`.
 */
export async function splitFile(request: FileSplitRequest): Promise<FileSplit> {
  const { file, folder, golden } = request
  const { rows, sha256: fileSha256 } = await readRows(request)
  const assignments = assignRows(rows, request)
  for (const side of ['train', 'heldOut'] as const)
    if (!assignments.includes(side))
      throw new DatasetUnusableError(
        file,
        side === 'train'
          ? 'nothing is left to train on'
          : 'no part of it can be held out: its rows all ask in the same words',
      )
  const at = (name: string) => join(folder, name)
  const written = { train: at('train.jsonl'), heldOut: at('heldout.jsonl'), manifestFile: at('manifest.json') }
  await refuseOverwriting([file, ...(golden ? [golden.file] : [])], Object.values(written))
  const records = { train: createFileRecorder('train.jsonl'), heldOut: createFileRecorder('heldout.jsonl') }
  const write = async (side: Side) => {
    const fateOf = (line: number) => (assignments[line - 1] === side ? (rows[line - 1] ?? null) : null)
    await writeFileAtomic(written[side], linesOfSide(file, fateOf, records[side], request.signal))
  }
  try {
    await mkdir(folder, { recursive: true })
    await write('train')
    await write('heldOut')
    const manifest = manifestOf(request, { rows, fates: assignments, records, fileSha256 })
    // Last: a manifest in the folder says that both files beside it are complete.
    await writeFileAtomic(written.manifestFile, `${JSON.stringify(manifest, null, 1)}\n`)
    return { ...written, manifest, unmeasuredLabels: unmeasuredLabels(manifest) }
  } catch (cause) {
    if (cause instanceof AppError || isAbort(cause)) throw cause
    throw new DatasetUnusableError(folder, writeErrorReason(cause), { cause })
  }
}

function manifestOf(
  { seed, file, golden }: FileSplitRequest,
  made: {
    rows: readonly Row[]
    fates: readonly RowAssignment[]
    records: Record<Side, ReturnType<typeof createFileRecorder>>
    fileSha256: string
  },
): Manifest {
  return {
    format: 'hydrocore-dataset/1',
    kind: 'file',
    seed,
    catalogVersion: 'unknown',
    files: { train: made.records.train.end(), heldOut: made.records.heldOut.end() },
    dropped: made.rows.flatMap(({ question, source }, row) => {
      const fate = made.fates[row]
      return fate === 'repeated' || fate === 'ambiguous' ? [{ question, source, why: fate }] : []
    }),
    setAside: [],
    from: { name: basename(file), sha256: made.fileSha256 },
    ...(golden && { golden: toManifestGolden(golden) }),
  }
}

/** What is known of a written file, gathered while it is written. */
function createFileRecorder(name: string) {
  const hash = createHash('sha256')
  const rows: FileRecord['rows'] = []
  let bytes = 0
  return {
    put(text: string): void {
      hash.update(text)
      bytes += Buffer.byteLength(text)
    },
    note: (line: string, { question, group, label, source }: Row) =>
      rows.push({ sha256: sha256(line), question, case: group, label, source }),
    end: (): FileRecord => ({ name, bytes, sha256: hash.digest('hex'), rows }),
  }
}

/** Large enough for few writes. */
const CHUNK_CHARS = 64 * 1024

/** The lines that go to one side, as they stand in the file but for how they end. */
async function* linesOfSide(
  file: string,
  rowOnSide: (line: number) => Row | null,
  record: ReturnType<typeof createFileRecorder>,
  signal: AbortSignal | undefined,
): AsyncIterable<string> {
  let block = ''
  for await (const { number, bytes } of readLines(file, { signal })) {
    const text = bytes?.toString('utf8').trimEnd() ?? ''
    const hasMark = number === 1 && text.startsWith(BYTE_ORDER_MARK)
    if (hasMark) block += BYTE_ORDER_MARK
    const row = rowOnSide(number)
    if (!row) continue
    const line = hasMark ? text.slice(1) : text
    record.note(line, row)
    block += `${line}\n`
    if (block.length < CHUNK_CHARS) continue
    record.put(block)
    yield block
    block = ''
  }
  record.put(block)
  yield block
}

async function readRows({ file, golden, signal, onProgress }: FileSplitRequest) {
  const progress = await createFileProgress([file], onProgress)
  const groups = createTemplateGroups()
  const rows: (Row & { node: number; line: number })[] = []
  const onRow = ({ number, value, shape }: ReadRow) => {
    const taught = shape && parseTrainingRow(value, shape)
    if (!taught) return
    rows.push({
      node: groups.add(taught),
      line: number,
      group: '',
      label: labelOf(taught.answer),
      source: `line ${number}`,
      question: sha256(questionKey(taught.prompt)),
      subjectHash: shortHash(subjectKeyOf(taught)),
      answerHash: shortHash(answerKeyOf(taught)),
      isGolden: golden?.hasRow(taught) != null,
    })
  }
  const checks = await validateFor(file, 'fitting', { signal, onRow, onBytes: progress.of(file) })
  const check = Object.values(checks)[0]
  if (!check || check.rows === 0) throw new DatasetUnusableError(file, 'it has no rows')
  if (check.rows > rows.length) {
    const readable = new Set(rows.map(({ line }) => line))
    const first = Array.from({ length: check.rows }, (_, at) => at + 1).find((line) => !readable.has(line))
    throw new DatasetUnusableError(file, `line ${first} is no row; "hydrocore dataset validate" says why`)
  }
  const known = await rowsFromManifest(file, check.sha256)
  for (const [at, row] of rows.entries()) {
    const origin = known?.[at]
    row.group = origin?.case ?? `wording/${sha256(groups.nameOf(row.node)).slice(0, 16)}`
    if (origin) Object.assign(row, { label: origin.label, source: origin.source })
  }
  return { rows, sha256: check.sha256 }
}

/** What the manifest beside a file knows of its rows; null where there is none, or one of other bytes. */
async function rowsFromManifest(file: string, fileSha256: string): Promise<FileRecord['rows'] | null> {
  try {
    const { files } = await readManifest(join(dirname(file), 'manifest.json'))
    return Object.values(files).find((one) => one.sha256 === fileSha256)?.rows ?? null
  } catch (error) {
    if (error instanceof DatasetUnusableError) return null
    throw error
  }
}

function assignRows(rows: readonly Row[], { seed, share }: FileSplitRequest): RowAssignment[] {
  const first = new Map<number, number>()
  const ambiguous = new Set<number>()
  for (const [at, { subjectHash, answerHash }] of rows.entries()) {
    const before = first.get(subjectHash)
    if (before === undefined) first.set(subjectHash, at)
    else if (rows[before]?.answerHash !== answerHash) ambiguous.add(subjectHash)
  }
  const isTaught = (row: Row, at: number) => first.get(row.subjectHash) === at && !ambiguous.has(row.subjectHash)
  const heldOut = chooseGroups(rows.filter(isTaught), { seed, share })
  return rows.map((row, at) => {
    if (ambiguous.has(row.subjectHash)) return 'ambiguous'
    if (!isTaught(row, at)) return 'repeated'
    return heldOut.has(row.group) ? 'heldOut' : 'train'
  })
}

/**
 * The groups to hold out: first those with a golden row, then, in an order that the seed decides, each that brings the
 * classes nearer to their share.
 */
function chooseGroups(rows: readonly Row[], { seed, share }: { seed: number; share: number }): Set<string> {
  const totals = countLabels(rows)
  const held = new Map<string, number>()
  const chosen = new Set<string>()
  const hold = (group: string, counts: ReadonlyMap<string, number>) => {
    chosen.add(group)
    for (const [label, count] of counts) held.set(label, (held.get(label) ?? 0) + count)
  }
  const groups = [...Map.groupBy(rows, ({ group }) => group)]
    .map(([group, members]) => ({
      group,
      counts: countLabels(members),
      isGolden: members.some(({ isGolden }) => isGolden),
    }))
    .map((one) => ({ ...one, place: hashRank(`${seed}/${one.group}`) }))
    .toSorted((a, b) => a.place - b.place)
  for (const { group, counts, isGolden } of groups) if (isGolden) hold(group, counts)
  for (const { group, counts, isGolden } of groups) {
    if (isGolden) continue
    let change = 0
    for (const [label, count] of counts) {
      const target = share * (totals.get(label) ?? 0)
      const now = held.get(label) ?? 0
      change += ((now + count - target) ** 2 - (now - target) ** 2) / Math.max(target, 1)
    }
    if (change < 0) hold(group, counts)
  }
  return chosen
}

function countLabels(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}

function unmeasuredLabels({ files }: Manifest): string[] {
  const measured = new Set(files.heldOut.rows.map(({ label }) => label))
  return [...new Set(files.train.rows.map(({ label }) => label))].filter((label) => !measured.has(label)).sort()
}
