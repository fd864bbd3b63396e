import { Argument, type Command, Option } from 'commander'
import type { Catalog } from '../../catalog/catalog.ts'
import { CORRECTION_REASONS } from '../../feedback/corrections/corrections.ts'
import { type ExportOutcome, exportCorrections, rewriteExport } from '../../feedback/exports/exports.ts'
import type { ExportFilter } from '../../feedback/exports/lines.ts'
import { listExports } from '../../feedback/exports/records.ts'
import { leftOutWords, REVIEW_WORDS } from '../../feedback/labels.ts'
import { EXPORT_FORMATS, type ExportFormat } from '../../formats/writing.ts'
import { UsageError } from '../../lib/errors.ts'
import { openProgress } from '../../lib/progress.ts'
import { readCode } from '../../slack/exports/export-request.ts'
import { counted, printRows } from '../printing.ts'
import { openRecordsForTerminal, type Terminal } from '../program.ts'
import { KIND, type Kind, readSince } from './options.ts'
import { AS, type As, personAt } from './reviewer.ts'
import { timeOf } from './words.ts'

const MAX_LISTED = 200

type Filters = { since?: string; code?: string; reviewer?: string; reason?: string; neverExported?: boolean }
type Options = Filters & As & { format: ExportFormat; out: string; kind?: Kind; json?: boolean }

/** `corrections export | export-again | exports`. */
export function addExports(corrections: Command, terminal: Terminal): void {
  corrections
    .command('export')
    .description('writes what was approved as training data, with a manifest beside it; trl-kto is made of votes')
    .addOption(new Option('--format <format>').choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--out <file>', 'the JSONL file to write')
    .addOption(KIND())
    .option('--since <when>', 'approved since a day or for a while, such as 2026-11-01, 30d')
    .option('--code <code>', 'of one code, or category')
    .option('--reviewer <user>', 'approved by one person, as "show" names them')
    .addOption(new Option('--reason <reason>').choices(CORRECTION_REASONS))
    .option('--never-exported', 'only what is in no export yet')
    .option('--json', 'the result as JSON')
    .addOption(AS())
    .action(async ({ format, out, kind, json, as, ...filters }: Options) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store, catalog } = records
      const now = Date.now()
      const by = personAt(as === undefined ? {} : { as }).user
      const filter = filterOf(filters, kind, { catalog, now })
      const outcome = await withProgress(terminal, 'exporting', (following) =>
        exportCorrections({
          ...{ store, catalog, format, out, by, now },
          ...(kind ? { kind } : {}),
          filter,
          ...following,
        }),
      )
      printExport(outcome, terminal, { json, hasFilters: Object.keys(filter).length > 0 })
    })

  corrections
    .command('export-again')
    .description('writes an earlier export once more, byte for byte')
    .addArgument(new Argument('<id>', 'such as exp_01kb…'))
    .requiredOption('--out <file>', 'the JSONL file to write')
    .option('--json', 'the result as JSON')
    .action(async (id: string, { out, json }: { out: string; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const { store } = records
      const outcome = await withProgress(terminal, 'exporting', (following) =>
        rewriteExport({ store, id, out, ...following }),
      )
      printExport(outcome, terminal, { json })
    })

  corrections
    .command('exports')
    .description('the exports made so far, the newest first')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const rows = (await listExports(records.store, MAX_LISTED)).map(
        ({ id, kind, format, rows: lines, created_by, created_at }) => ({
          id,
          kind,
          format,
          rows: lines,
          by: created_by,
          at: timeOf(created_at),
        }),
      )
      printRows(terminal, rows, { json, empty: 'Nothing was exported yet.' })
    })
}

function filterOf(
  { since, code: written, ...others }: Filters,
  kind: Kind | undefined,
  { catalog, now }: { catalog: Catalog; now: number },
): ExportFilter {
  const code = written === undefined ? undefined : readCode(written, kind, catalog)
  if (code === null) throw new UsageError(REVIEW_WORDS.exportCategory)
  return {
    ...others,
    ...(code === undefined ? {} : { code }),
    ...(since === undefined ? {} : { since: readSince(since, now) }),
  }
}

type Following = { signal: AbortSignal; onProgress: (progress: { done: number; total: number }) => void }

async function withProgress<T>(terminal: Terminal, name: string, work: (following: Following) => Promise<T>) {
  using progress = openProgress(terminal, name)
  return await work({
    signal: terminal.signal,
    onProgress: ({ done, total }) => progress.show(done, Math.max(total, 1), `${done} of ${total}`),
  })
}

function printExport(
  outcome: ExportOutcome,
  terminal: Terminal,
  { json, hasFilters = false }: { json: boolean | undefined; hasFilters?: boolean },
): void {
  if (json) {
    terminal.out(JSON.stringify(outcome, null, 2))
    return
  }
  if (outcome.kind === 'nothing') terminal.out(hasFilters ? REVIEW_WORDS.nothingMatches : REVIEW_WORDS.nothingToExport)
  else {
    const rows = counted(outcome.rows, 'row')
    terminal.out(`${rows} in ${outcome.path}, export ${outcome.id}; manifest ${outcome.manifestPath}`)
  }
  const leftOut = leftOutWords(outcome.leftOut)
  if (leftOut) terminal.out(leftOut)
  if (outcome.kind === 'written')
    for (const { name, message } of outcome.faults) terminal.err(`The trainer will object: ${message} (${name}).`)
}
