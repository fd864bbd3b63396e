import type { Command } from 'commander'
import { listModelsWith } from '../../feedback/corrections/attribution-records.ts'
import { listExportsWith } from '../../feedback/exports/records.ts'
import { lengthOf, REVIEW_WORDS, waitingFigures } from '../../feedback/labels.ts'
import { listWithdrawalsSince } from '../../feedback/review/related-records.ts'
import { readQueueStats } from '../../feedback/review/stats.ts'
import { printRows } from '../printing.ts'
import { openRecordsForTerminal, type Terminal } from '../program.ts'
import { readSince } from './options.ts'
import { timeOf } from './words.ts'

/** `corrections stats | withdrawn`. */
export function addFigures(corrections: Command, terminal: Terminal): void {
  corrections
    .command('stats')
    .description('how long corrections wait, and who decides how many how quickly')
    .option('--since <when>', 'decisions since a day or for a while, such as 2026-11-01, 30d, 12h', '30d')
    .option('--json', 'as JSON')
    .action(async ({ since, json }: { since: string; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const now = Date.now()
      const stats = await readQueueStats(records.store, { since: readSince(since, now), now })
      if (json) return terminal.out(JSON.stringify(stats, null, 2))
      const { waiting, age, decided, perDay, took, reviewers } = stats
      terminal.out(
        waiting === 0
          ? REVIEW_WORDS.queueEmpty
          : `${waitingFigures(stats)}, half of them for ${lengthOf(age?.medianMs)} or more`,
      )
      terminal.out(
        `${decided} decisions since ${timeOf(stats.since)}, ${perDay.toFixed(1)} a day; half within ${lengthOf(took?.medianMs)}, nine of ten within ${lengthOf(took?.p90Ms)}`,
      )
      const rows = reviewers.map(({ took: own, ...counts }) => ({
        ...counts,
        'half within': lengthOf(own?.medianMs),
        '9 of 10 within': lengthOf(own?.p90Ms),
      }))
      printRows(terminal, rows, { empty: 'Nobody decided anything in this time.' })
    })

  corrections
    .command('withdrawn')
    .description('what its authors took back, and where it has to be forgotten')
    .requiredOption('--since <when>', 'a day or a while, such as 2026-11-01, 30d, 12h')
    .option('--json', 'as JSON')
    .action(async ({ since, json }: { since: string; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const found = await listWithdrawalsSince(records.store, readSince(since, Date.now()))
      const rows = []
      for (const { id, code, author, at, goesOn } of found)
        rows.push({
          id,
          code,
          author,
          withdrawn: timeOf(at),
          stays: goesOn,
          exports: await listExportsWith(records.store, id, goesOn ? author : undefined),
          models: await listModelsWith(records.store, id),
        })
      const shown = rows.map((row) => ({
        ...row,
        stays: row.stays ? 'for others' : '–',
        exports: row.exports.join(', ') || '–',
        models: row.models.join(', ') || '–',
      }))
      printRows(terminal, json ? rows : shown, { json, empty: 'Nothing was withdrawn in this time.' })
    })
}
