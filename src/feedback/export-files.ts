import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { newId } from '../lib/ids.ts'
import { ExportUnwritableError } from './errors.ts'

/** Grows when an export's lines or its manifest change their shape. */
const FORMAT_VERSION = 1

/** What a manifest says of the whole export before its lines. */
export type ExportHead = { id: string; format: string; createdAt: number; createdBy: string }

/** Where one line comes from: never in the line itself, since trainers refuse keys they do not know. */
export type Provenance = {
  correction: string
  answer: string | null
  source: string
  author: string
  reviewer: string | null
  reviewedAt: number | null
  consent: string | null
  model: string | null
  catalogVersion: string
}
export type ExportLine = { text: string; code: string; provenance: Provenance }
export type WrittenLine = { position: number; sha256: string; correction: string }
export type ExportTotals = { rows: number; bytes: number; sha256: string }

/** An export under temporary names beside its place. Disposing removes whatever was written, unless it was accepted. */
export type ExportFiles = AsyncDisposable & {
  add(lines: readonly ExportLine[]): Promise<void>
  /** Ends both files and waits until the disk has them. */
  finish(): Promise<ExportTotals>
  /** The finished lines again, from the disk: no number of them has to fit into memory. */
  written(): AsyncIterable<WrittenLine>
  /** Moves both files to their names. */
  keep(): Promise<void>
  /** The files are good: they stay. */
  accept(): void
}

/** The manifest's name beside an export. */
export function manifestPath(out: string): string {
  return `${out}.manifest.json`
}

/** Begins an export's two files. Throws {@link ExportUnwritableError}, as all its steps do. */
export async function openExportFiles(out: string, head: ExportHead): Promise<ExportFiles> {
  const part = newId('part')
  const data = { temporary: `${out}.${part}`, final: out }
  const manifest = { temporary: `${manifestPath(out)}.${part}`, final: manifestPath(out) }
  const made: string[] = []
  const handles: FileHandle[] = []
  const create = async (path: string) => {
    const handle = await open(path, 'wx')
    handles.push(handle)
    made.push(path)
    return handle
  }
  const discard = async () => {
    await Promise.all(handles.splice(0).map((handle) => handle.close()))
    await Promise.all(made.splice(0).map((path) => rm(path, { force: true })))
  }
  const guarded = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step()
    } catch (error) {
      throw isSystemError(error) ? new ExportUnwritableError(out, error) : error
    }
  }
  const begin = async () => {
    const files = { data: await create(data.temporary), manifest: await create(manifest.temporary) }
    await files.manifest.appendFile(`${JSON.stringify(headOf(head)).slice(0, -1)},\n"lines":[`)
    return files
  }
  const files = await guarded(begin).catch(async (error: unknown) => {
    await discard()
    throw error
  })
  const whole = createHash('sha256')
  const rowsByCode: Record<string, number> = {}
  let rows = 0
  let bytes = 0

  return {
    add: (lines) =>
      guarded(async () => {
        let text = ''
        let origins = ''
        for (const line of lines) {
          rows += 1
          rowsByCode[line.code] = (rowsByCode[line.code] ?? 0) + 1
          text += `${line.text}\n`
          const origin = { position: rows, sha256: hash('sha256', line.text), ...line.provenance }
          origins += `${rows === 1 ? '' : ','}\n${JSON.stringify(origin)}`
        }
        whole.update(text)
        bytes += Buffer.byteLength(text)
        await files.data.appendFile(text)
        await files.manifest.appendFile(origins)
      }),
    finish: () =>
      guarded(async () => {
        const totals = { rows, bytes, sha256: whole.digest('hex') }
        const tail = JSON.stringify({ ...totals, rowsByCode: sorted(rowsByCode) }).slice(1)
        await files.manifest.appendFile(`\n],\n${tail}\n`)
        for (const handle of handles) await handle.sync()
        await Promise.all(handles.splice(0).map((handle) => handle.close()))
        return totals
      }),
    written: () => readLines(manifest.temporary),
    keep: () =>
      guarded(async () => {
        for (const { temporary, final } of [data, manifest]) {
          await rename(temporary, final)
          made.push(final)
        }
        await syncFolder(dirname(out))
      }),
    accept: () => {
      made.length = 0
    },
    [Symbol.asyncDispose]: discard,
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

function headOf({ id, format, createdAt, createdBy }: ExportHead) {
  return { id, format, formatVersion: FORMAT_VERSION, createdAt: new Date(createdAt).toISOString(), createdBy }
}

function sorted(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function* readLines(path: string): AsyncGenerator<WrittenLine> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.startsWith('{"position"')) yield JSON.parse(line.replace(/,$/, '')) as WrittenLine
  }
}

/** A rename lasts once its folder is on the disk; systems that cannot sync a folder do so by themselves. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
