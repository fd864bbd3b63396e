import type { Command } from 'commander'
import { findReport, listReports } from '../../training/evaluation/report.ts'
import { percent, printRows } from '../printing.ts'
import { openRecordsForTerminal, type Terminal } from '../program.ts'
import { type ShowingOptions, showReport, withShowingOptions } from './measure.ts'

/** `evaluations list | show`: earlier measurements. */
export function addEvaluations(program: Command, terminal: Terminal): void {
  const evaluations = program.command('evaluations').description('what was measured before')

  evaluations
    .command('list')
    .description('the newest first')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const rows = (await listReports(records.store)).map(({ id, createdAt, models, rows: questions, data }) => ({
        id,
        measured: new Date(createdAt).toISOString(),
        questions: questions ?? null,
        data: data?.file ?? null,
        'right answers': models.map(({ model, accuracy }) => `${model} ${percent(accuracy.value)}`).join(', '),
      }))
      printRows(terminal, rows, { json, empty: 'Nothing was measured yet.' })
    })

  withShowingOptions(evaluations.command('show').description('one report again').argument('<id>')).action(
    async (id: string, options: ShowingOptions) => {
      await using records = await openRecordsForTerminal(terminal)
      await showReport(await findReport(records.store, id), records, terminal, options)
    },
  )
}
