import type { Command } from 'commander'
import { UsageError } from '../../lib/errors.ts'
import { readEvaluationRows } from '../../training/evaluation/rows.ts'
import { openCoreForTerminal, type Terminal } from '../program.ts'
import { liveModelFor, type MeasuringOptions, measureForTerminal, showReport, withMeasuringOptions } from './measure.ts'

/** `evaluate`: measures models on the same rows. */
export function addEvaluate(program: Command, terminal: Terminal): void {
  const command = program
    .command('evaluate')
    .description('models measured on rows they were not trained on')
    .requiredOption('--models <ids>', 'with commas between')
    .option(
      '--baseline <id>',
      'whom the others are compared with (the live model where it is one of them, else the first)',
    )
  withMeasuringOptions(command).action(
    async ({ models: list, baseline, ...options }: MeasuringOptions & { models: string; baseline?: string }) => {
      const models = [...new Set(list.split(',').map((id) => id.trim()))].filter(Boolean)
      if (models.length === 0) throw new UsageError('--models takes model ids with commas between.')
      if (baseline !== undefined && !models.includes(baseline))
        throw new UsageError(`--baseline names one of the models: ${models.join(', ')}.`)
      const rows = await readEvaluationRows(options.data, terminal.signal)
      await using core = await openCoreForTerminal(terminal)
      const live = await liveModelFor(rows, core)
      const against = baseline ?? (models.includes(live) ? live : models[0])
      const report = await measureForTerminal(core, terminal, options, { models, rows, baseline: against })
      if (models.length > 1 && !options.json)
        terminal.err(`Compared with ${against}${against === live ? ', which is live' : ''}.`)
      await showReport(report, core, terminal, options)
    },
  )
}
