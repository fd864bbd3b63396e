import { writeAnswer } from '../diagnosis/answer.ts'
import { buildPrompt } from '../diagnosis/prompt.ts'
import { newId } from '../lib/ids.ts'
import type { Store } from '../store/open.ts'
import { ExportChangedError, ExportMissingError, ExportUnsettledError } from './errors.ts'
import {
  type ExportFiles,
  type ExportHead,
  type ExportLine,
  type ExportTotals,
  manifestPath,
  openExportFiles,
  type WrittenLine,
} from './export-files.ts'
import {
  type CorrectionRow,
  countStillApproved,
  findExport,
  insertExport,
  insertExportRows,
  listByAge,
  listExported,
} from './records.ts'
import { APPROVED_STATUSES } from './review-states.ts'

/** How a correction is written for each target; a line never depends on anything but the correction. */
const FORMATS = {
  'openai-sft': (correction: CorrectionRow) => ({
    messages: [...buildPrompt(correction.question), { role: 'assistant', content: writeAnswer(correction) }],
  }),
} as const

export type ExportFormat = keyof typeof FORMATS
export const EXPORT_FORMATS = Object.keys(FORMATS) as ExportFormat[]

const APPROVED: ReadonlySet<string> = new Set(APPROVED_STATUSES)

/** Corrections read at once: enough to be quick, few enough to stay small. */
const PAGE_ROWS = 250
/** Rows a statement inserts. */
const BATCH_ROWS = 250
/** How often an export begins anew because a correction was withdrawn meanwhile. */
const MOST_ATTEMPTS = 3

export type WrittenExport = ExportTotals & { kind: 'written'; id: string; path: string; manifestPath: string }
export type ExportOutcome = WrittenExport | { kind: 'nothing' }

/**
 * Writes all approved corrections, none withdrawn, as one file with its manifest beside it (`<out>.manifest.json`).
 * The files appear whole or not at all, and only then the export counts as made. Memory stays the same at any size.
 * Throws ExportUnwritableError; without an approved correction the outcome is `nothing` and no file is made.
 */
export async function exportCorrections({
  store,
  format,
  out,
  by,
  now,
}: {
  store: Store
  format: ExportFormat
  out: string
  /** Who asked for it. */
  by: string
  now: number
}): Promise<ExportOutcome> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const head: ExportHead = { id: newId('exp', new Date(now)), format, createdAt: now, createdBy: by }
    await using files = await openExportFiles(out, head)
    const totals = await fill(files, format, approvedPages(store))
    if (totals.rows === 0) return { kind: 'nothing' }
    if (!(await settle(store, files, head, totals))) continue
    files.accept()
    return { kind: 'written', id: head.id, path: out, manifestPath: manifestPath(out), ...totals }
  }
  throw new ExportUnsettledError()
}

/**
 * Records an export and moves its files to their names; false, and nothing done, when a correction was withdrawn since
 * it was read. A crash between the move and the commit leaves a whole file that counts as never exported.
 */
async function settle(store: Store, files: ExportFiles, head: ExportHead, totals: ExportTotals): Promise<boolean> {
  const { id, format, createdAt: created_at, createdBy: created_by } = head
  try {
    await store.transaction().execute(async (transaction) => {
      await insertExport(transaction, { id, format, created_by, created_at, rows: totals.rows, sha256: totals.sha256 })
      for await (const batch of batches(files.written())) await insertExportRows(transaction, id, batch)
      if ((await countStillApproved(transaction, id)) < totals.rows) throw new WithdrawnMeanwhile()
      await files.keep()
    })
    return true
  } catch (error) {
    if (error instanceof WithdrawnMeanwhile) return false
    throw error
  }
}

/** Ends the transaction without a trace. */
class WithdrawnMeanwhile extends Error {}

/**
 * Writes an earlier export again: the same bytes under the same id, or an error that says why not. Nothing that was
 * withdrawn since is ever written again.
 */
export async function rewriteExport({
  store,
  id,
  out,
}: {
  store: Store
  id: string
  out: string
}): Promise<WrittenExport> {
  const made = await findExport(store, id)
  if (!made) throw new ExportMissingError(id)
  await using files = await openExportFiles(out, {
    id,
    format: made.format,
    createdAt: made.created_at,
    createdBy: made.created_by,
  })
  const totals = await fill(files, readFormat(made.format), exportedPages(store, id))
  if (totals.sha256 !== made.sha256) throw new ExportChangedError(id, 'different')
  await files.keep()
  files.accept()
  return { kind: 'written', id, path: out, manifestPath: manifestPath(out), ...totals }
}

async function fill(
  files: ExportFiles,
  format: ExportFormat,
  pages: AsyncIterable<readonly CorrectionRow[]>,
): Promise<ExportTotals> {
  for await (const page of pages) await files.add(page.map((correction) => lineOf(correction, format)))
  return files.finish()
}

function readFormat(text: string): ExportFormat {
  const format = EXPORT_FORMATS.find((known) => known === text)
  if (!format) throw new TypeError(`the database holds an export of an unknown format: ${text}`)
  return format
}

function lineOf(correction: CorrectionRow, format: ExportFormat): ExportLine {
  return {
    text: JSON.stringify(FORMATS[format](correction)),
    code: correction.code,
    provenance: {
      correction: correction.id,
      answer: correction.answer_id,
      source: correction.source,
      author: correction.author,
      reviewer: correction.reviewer,
      reviewedAt: correction.reviewed_at,
      consent: correction.consent,
      model: correction.model,
      catalogVersion: correction.catalog_version,
    },
  }
}

async function* approvedPages(store: Store): AsyncGenerator<readonly CorrectionRow[]> {
  for (let after = ''; ; ) {
    const page = await listByAge(store, { after, size: PAGE_ROWS })
    const approved = page.filter(({ status, consent }) => APPROVED.has(status) && consent !== null)
    if (approved.length > 0) yield approved
    if (page.length < PAGE_ROWS) return
    after = page.at(-1)?.id ?? after
  }
}

async function* exportedPages(store: Store, id: string): AsyncGenerator<readonly CorrectionRow[]> {
  for (let after = 0; ; ) {
    const page = await listExported(store, id, { after, size: PAGE_ROWS })
    if (page.length === 0) return
    const corrections = page.map(({ correction }) => correction)
    if (corrections.some(({ status }) => status === 'withdrawn')) throw new ExportChangedError(id, 'withdrawn')
    yield corrections
    after = page.at(-1)?.position ?? after
  }
}

async function* batches(lines: AsyncIterable<WrittenLine>): AsyncGenerator<readonly WrittenLine[]> {
  let batch: WrittenLine[] = []
  for await (const line of lines) {
    batch.push(line)
    if (batch.length < BATCH_ROWS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
