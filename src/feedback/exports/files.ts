import { createHash, hash } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { newId } from '../../lib/ids.ts'
import { ExportUnwritableError } from '../corrections/errors.ts'
import { createBufferedWriter } from './buffered-writer.ts'
import { type ExportLine, manifestPath, readManifestLines } from './manifest.ts'
import type { ExportedLine } from './records.ts'

/** What a manifest says about the whole export before its lines. */
export type ExportHead = Readonly<Record<string, unknown>> & { id: string; format: string }

export type ExportTotals = { rows: number; bytes: number; sha256: string }

/** An export under temporary names beside its destination. Disposing removes the files, unless they were accepted. */
export type ExportFiles = AsyncDisposable & {
  add(lines: readonly ExportLine[]): Promise<void>
  /** Finishes both files, the manifest with the totals, and waits until they're on disk. */
  finish(tail: Readonly<Record<string, unknown>>): Promise<ExportTotals>
  /** The finished lines read back from disk, some hundred at a time: their number needn't fit into memory. */
  written(): AsyncIterable<readonly ExportedLine[]>
  /** Renames both files into place. */
  keep(): Promise<void>
  /** Accepts the files, so that they stay. */
  accept(): void
}

/** A temporary file untouched for this long was left behind by a crash. */
const LEFT_BEHIND_MS = 10 * 60 * 1_000

/**
 * Opens an export's two files, the data with a byte order mark if its reader wants one. Leftovers of an earlier export
 * to the same place are removed. Throws {@link ExportUnwritableError}, like all its steps.
 */
export async function openExportFiles(out: string, head: ExportHead, mark = ''): Promise<ExportFiles> {
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
  const whole = createHash('sha256')
  let bytes = 0
  const count = (block: Buffer) => {
    whole.update(block)
    bytes += block.length
  }
  const begin = async () => {
    await removeLeftBehind(out)
    const files = {
      data: createBufferedWriter(await create(data.temporary), count),
      manifest: createBufferedWriter(await create(manifest.temporary)),
    }
    await files.manifest.put(`${JSON.stringify(head).slice(0, -1)},\n"lines":[`)
    await files.data.put(mark)
    return files
  }
  const files = await guarded(begin).catch(async (error: unknown) => {
    await discard()
    throw error
  })
  const rowsByCode: Record<string, number> = {}
  let rows = 0

  return {
    add: (lines) =>
      guarded(async () => {
        for (const { text, code, provenance } of lines) {
          rows += 1
          rowsByCode[code] = (rowsByCode[code] ?? 0) + 1
          const origin = { position: rows, sha256: hash('sha256', text), ...provenance }
          const full = [
            files.data.put(`${text}\n`),
            files.manifest.put(`${rows === 1 ? '' : ','}\n${JSON.stringify(origin)}`),
          ]
          // Usually there's room: awaiting nothing twice a line would double the work.
          if (full.some(Boolean)) await Promise.all(full)
        }
      }),
    finish: (tail) =>
      guarded(async () => {
        await files.data.flush()
        const totals = { rows, bytes, sha256: whole.digest('hex') }
        const said = JSON.stringify({ ...totals, rowsByCode: sorted(rowsByCode), ...tail }).slice(1)
        await files.manifest.put(`\n],\n${said}\n`)
        await files.manifest.flush()
        for (const handle of handles) await handle.sync()
        await Promise.all(handles.splice(0).map((handle) => handle.close()))
        return totals
      }),
    written: () => readManifestLines(manifest.temporary),
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

function sorted(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A killed process couldn't remove its temporary files. */
async function removeLeftBehind(out: string): Promise<void> {
  const folder = dirname(out)
  const names = await readdir(folder).catch(() => [])
  const begins = [`${basename(out)}.part_`, `${basename(manifestPath(out))}.part_`]
  for (const name of names.filter((one) => begins.some((begin) => one.startsWith(begin)))) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > LEFT_BEHIND_MS) await rm(path, { force: true })
  }
}

/** A rename is durable once its folder is on disk; systems that can't sync a folder do so by themselves. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
