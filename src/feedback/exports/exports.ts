import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import { type Fault, sizeFaults } from '../../formats/faults.ts'
import { TARGETS } from '../../formats/targets.ts'
import { BYTE_ORDER_MARK } from '../../formats/validating.ts'
import { EXPORT_FORMATS, type ExportFormat, sourceOf } from '../../formats/writing.ts'
import { UsageError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { isDiskFull } from '../../store/errors.ts'
import type { Store } from '../../store/open.ts'
import {
  ExportChangedError,
  ExportMissingError,
  ExportUnrecordedError,
  ExportUnsettledError,
} from '../corrections/errors.ts'
import { type ExportFiles, type ExportTotals, openExportFiles } from './files.ts'
import type { ExportFilter, LineSettings, SkipReason } from './lines.ts'
import { type ExportLine, manifestPath } from './manifest.ts'
import { approvedPages, judgedPages, type Page, rewrittenPages } from './pages.ts'
import { countWithdrawals, type ExportRow, findExport, insertExport, insertLines } from './records.ts'

/** Increment when the lines or the manifest of an export change shape. */
const FORMAT_VERSION = 1

/** How often an export starts over because a correction was withdrawn meanwhile. */
const MAX_ATTEMPTS = 3

export type SkipCounts = Partial<Record<SkipReason, number>>

export type WrittenExport = ExportTotals & {
  kind: 'written'
  id: string
  format: ExportFormat
  path: string
  manifestPath: string
  /** What was approved, or judged, and isn't in the file. */
  leftOut: SkipCounts
  /** What the trainer would say about the file as a whole, such as too few rows. */
  faults: readonly Fault[]
}
export type ExportOutcome = WrittenExport | { kind: 'nothing'; leftOut: SkipCounts }

export type ExportRequest = {
  store: Store
  catalog: Catalog
  format: ExportFormat
  /** Answers by default; corrected log categories make a data set of their own. */
  kind?: 'answer' | 'log'
  filter?: ExportFilter
  out: string
  /** Who requested it. */
  by: string
  now: number
  signal?: AbortSignal
  onProgress?: (progress: { done: number; total: number }) => void
}

/**
 * Writes what was approved and not withdrawn (for votes: judged) as one file with its manifest (`<out>.manifest.json`).
 * The files appear whole or not at all, and only then does the export count as made. Memory is constant at any size.
 * Throws ExportUnwritableError; with nothing to write, no file is made.
 */
export async function exportCorrections(request: ExportRequest): Promise<ExportOutcome> {
  const { store, catalog, format, out, by, now, kind = 'answer', filter = {} } = request
  const why = checkFilter(format, kind, filter)
  if (why) throw new UsageError(why)
  const knownCodes = catalog.codes.map(({ code }) => code)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const made: Made = {
      ...{ id: newId('exp', new Date(now)), kind, format, created_at: now, created_by: by },
      settings: { formatVersion: FORMAT_VERSION, catalogVersion: catalog.version, knownCodes, filter, leftOut: {} },
    }
    await using files = await openExportFiles(out, headOf(made), bomOf(format))
    const line = { format, knownCodes }
    const withdrawn = await countWithdrawals(store)
    const pages = sourceOf(format) === 'votes' ? judgedPages(request, line) : approvedPages({ ...request, kind }, line)
    const leftOut = await fill(files, pages, request)
    made.settings.leftOut = leftOut
    const totals = await files.finish({ leftOut })
    if (totals.rows === 0) return { kind: 'nothing', leftOut }
    if (!(await settle(store, files, made, { ...totals, withdrawn }))) continue
    files.accept()
    return outcomeOf(made, totals, out)
  }
  throw new ExportUnsettledError()
}

/** Why a format can't be combined with these filters: votes have no reviewer or reason, and log lines have no votes. */
export function checkFilter(
  format: ExportFormat,
  kind: 'answer' | 'log',
  { reviewer, reason }: ExportFilter,
): string | null {
  if (sourceOf(format) !== 'votes') return null
  if (kind === 'log') return `Log lines have no votes, so there is no ${format} of them.`
  if (reviewer === undefined && reason === undefined) return null
  return `${format} is made of votes, which have no reviewer and no reason. Leave these filters out.`
}

const Settings = z.object({
  formatVersion: z.number(),
  catalogVersion: z.string(),
  knownCodes: z.array(z.string()),
  filter: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  leftOut: z.record(z.string(), z.number()),
})

/** A recorded export with its settings parsed. */
type Made = Pick<ExportRow, 'id' | 'kind' | 'created_at' | 'created_by'> & {
  format: ExportFormat
  settings: z.infer<typeof Settings>
}

function headOf({ id, kind, format, created_at, created_by, settings }: Made) {
  const { formatVersion, catalogVersion, filter } = settings
  const createdAt = new Date(created_at).toISOString()
  return { id, kind, format, formatVersion, createdAt, createdBy: created_by, catalogVersion, filter }
}

function bomOf(format: ExportFormat): string {
  return TARGETS[format].byteOrderMark === 'needed' ? BYTE_ORDER_MARK : ''
}

function outcomeOf({ id, format, settings }: Made, totals: ExportTotals, out: string): WrittenExport {
  const faults = sizeFaults(format, totals)
  return {
    ...{ kind: 'written', id, format, path: out, manifestPath: manifestPath(out) },
    ...totals,
    leftOut: settings.leftOut,
    faults,
  }
}

async function fill(
  files: ExportFiles,
  pages: AsyncIterable<Page>,
  { signal, onProgress }: Pick<ExportRequest, 'signal' | 'onProgress'>,
): Promise<SkipCounts> {
  const leftOut: SkipCounts = {}
  for await (const { lines, done, total } of pages) {
    signal?.throwIfAborted()
    const kept: ExportLine[] = []
    for (const line of lines) {
      if (typeof line !== 'string') kept.push(line)
      else leftOut[line] = (leftOut[line] ?? 0) + 1
    }
    if (kept.length > 0) await files.add(kept)
    onProgress?.({ done, total })
  }
  return leftOut
}

/**
 * Records an export and moves its files into place; false, and nothing done, when any correction was withdrawn since it
 * began. A crash between the move and the commit leaves a complete file that counts as never exported.
 */
async function settle(
  store: Store,
  files: ExportFiles,
  made: Made,
  { withdrawn, ...totals }: ExportTotals & { withdrawn: number },
): Promise<boolean> {
  const { settings, ...row } = made
  try {
    await store.transaction().execute(async (transaction) => {
      await insertExport(transaction, {
        ...row,
        rows: totals.rows,
        sha256: totals.sha256,
        settings: JSON.stringify(settings),
      })
      for await (const lines of files.written()) await insertLines(transaction, made.id, lines)
      if ((await countWithdrawals(transaction)) !== withdrawn) throw new WithdrawnMeanwhile()
      await files.keep()
    })
    return true
  } catch (error) {
    if (error instanceof WithdrawnMeanwhile) return false
    throw isDiskFull(error) ? new ExportUnrecordedError(made.id, error) : error
  }
}

/** Rolls the transaction back. */
class WithdrawnMeanwhile extends Error {}

/**
 * Writes an earlier export again: the same bytes under the same id, or an error that says why not. Nothing withdrawn
 * since is ever written again.
 */
export async function rewriteExport({
  store,
  id,
  out,
  ...following
}: { store: Store; id: string; out: string } & Pick<ExportRequest, 'signal' | 'onProgress'>): Promise<WrittenExport> {
  const row = await findExport(store, id)
  if (!row) throw new ExportMissingError(id)
  const made: Made = { ...row, format: readFormat(row.format), settings: Settings.parse(JSON.parse(row.settings)) }
  await using files = await openExportFiles(out, headOf(made), bomOf(made.format))
  const line: LineSettings = { format: made.format, knownCodes: made.settings.knownCodes }
  await fill(files, rewrittenPages(store, row, line), following)
  const totals = await files.finish({ leftOut: made.settings.leftOut })
  if (totals.sha256 !== row.sha256) throw new ExportChangedError(id, 'different')
  await files.keep()
  files.accept()
  return outcomeOf(made, totals, out)
}

function readFormat(text: string): ExportFormat {
  const format = EXPORT_FORMATS.find((known) => known === text)
  if (!format) throw new TypeError(`the database holds an export of an unknown format: ${text}`)
  return format
}
