import { userInfo } from 'node:os'
import { Argument, type Command, Option } from 'commander'
import { writeAnswer } from '../diagnosis/answer.ts'
import { EXPORT_FORMATS, type ExportFormat, exportCorrections } from '../feedback/exports.ts'
import {
  approveCorrection,
  claimCorrection,
  getCorrection,
  pageCorrections,
  rejectCorrection,
} from '../feedback/queue.ts'
import type { CorrectionRow } from '../feedback/records.ts'
import { CORRECTION_STATUSES, type CorrectionStatus, OPEN_STATUSES } from '../feedback/review-states.ts'
import { printable, printRows } from './printing.ts'
import { openRecordsForTerminal, type Terminal } from './program.ts'

const MOST_LISTED = 1_000

/** `corrections list | show | approve | reject | export`: the queue and what comes of it. */
export function addCorrections(program: Command, terminal: Terminal): void {
  const corrections = program.command('corrections').description('the review queue and its exports')

  corrections
    .command('list')
    .description('what waits for review, or what stands at a status')
    .addOption(new Option('--status <status>').choices(CORRECTION_STATUSES))
    .option('--json', 'as JSON')
    .action(async ({ status, json }: { status?: CorrectionStatus; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const statuses = status ? [status] : OPEN_STATUSES
      const page = await pageCorrections(records.store, { statuses, size: MOST_LISTED })
      printRows(terminal, json ? page.corrections : page.corrections.map(asListed), {
        json,
        empty: status ? `No correction is ${status}.` : 'The queue is empty. Nothing waits for review.',
      })
      if (page.next) terminal.err(`Only the first ${MOST_LISTED} are shown.`)
    })

  corrections
    .command('show')
    .description('one correction with all that is known of it')
    .addArgument(ID)
    .option('--json', 'as JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const row = await getCorrection(records.store, id)
      terminal.out(json ? JSON.stringify(row, null, 2) : asShown(row))
    })

  corrections
    .command('approve')
    .description('approves a correction: it becomes training data')
    .addArgument(ID)
    .action(async (id: string) => {
      await using records = await openRecordsForTerminal(terminal)
      const review = { id, by: whoIsHere() }
      await claimCorrection(records.store, review, Date.now())
      const row = await approveCorrection(records.store, review, Date.now())
      terminal.out(`Approved ${row.id}: ${writeAnswer(row)}`)
    })

  corrections
    .command('reject')
    .description('rejects a correction; its author reads the reason')
    .addArgument(ID)
    .requiredOption('--reason <words>', 'why')
    .action(async (id: string, { reason }: { reason: string }) => {
      await using records = await openRecordsForTerminal(terminal)
      const review = { id, by: whoIsHere() }
      await claimCorrection(records.store, review, Date.now())
      await rejectCorrection(records.store, { ...review, reason }, Date.now())
      terminal.out(`Rejected ${id}.`)
    })

  corrections
    .command('export')
    .description('writes the approved corrections as training data, with a manifest beside it')
    .addOption(new Option('--format <format>').choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--out <file>', 'the JSONL file to write')
    .option('--json', 'the result as JSON')
    .action(async ({ format, out, json }: { format: ExportFormat; out: string; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const by = whoIsHere().user
      const outcome = await exportCorrections({ store: records.store, format, out, by, now: Date.now() })
      if (json) terminal.out(JSON.stringify(outcome, null, 2))
      else if (outcome.kind === 'nothing') terminal.out('No correction is approved yet, so no file was written.')
      else
        terminal.out(`${outcome.rows} rows in ${outcome.path}, export ${outcome.id}; manifest ${outcome.manifestPath}`)
    })
}

const ID = new Argument('<id>', 'such as cor_01kb…')

/** A person at the terminal is known by the machine's user name. */
function whoIsHere() {
  return { user: `terminal:${userInfo().username}`, team: 'terminal' }
}

function asListed(row: CorrectionRow) {
  return {
    id: row.id,
    code: row.code,
    status: row.status,
    weight: row.weight,
    proposed: writeAnswer(row).slice(0, 90),
    author: row.author,
    since: new Date(row.created_at).toISOString(),
  }
}

function asShown(row: CorrectionRow): string {
  const lines = {
    id: row.id,
    status: row.status,
    question: row.question,
    said: row.original_text,
    proposed: writeAnswer(row),
    reason: row.reason,
    note: row.note,
    author: row.author,
    model: row.model,
    'proposed times': row.weight,
    reviewer: row.reviewer,
    'review note': row.review_note,
    created: new Date(row.created_at).toISOString(),
  }
  return Object.entries(lines)
    .map(([name, value]) => `${`${name}:`.padEnd(16)}${printable(value)}`)
    .join('\n')
}
