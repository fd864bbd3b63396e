import type { Command } from 'commander'
import { UsageError } from '../../lib/errors.ts'
import { isClassifierRow, readEvaluationRows } from '../../training/evaluation/rows.ts'
import { openCoreForTerminal, type Terminal } from '../program.ts'
import { liveModelFor, type MeasuringOptions, measureForTerminal, showReport, withMeasuringOptions } from './measure.ts'

/** `decide`: compares the strategies on the same rows, and says which one is worth using. */
export function addDecide(program: Command, terminal: Terminal): void {
  const command = program
    .command('decide')
    .description('base model, base model with the catalog in its prompt, or fine-tune: which is worth using')
    .option('--base <id>', 'the base model (BASE_MODEL unless given)')
    .option('--model <id>', 'the fine-tuned model (the one promoted, or ASSISTANT_MODEL, unless given)')
  withMeasuringOptions(command).action(
    async ({ base, model, ...options }: MeasuringOptions & { base?: string; model?: string }) => {
      const rows = await readEvaluationRows(options.data, terminal.signal)
      await using core = await openCoreForTerminal(terminal)
      const isSorting = isClassifierRow(rows[0])
      const baseModel = base ?? core.config.model.base
      const tuned = model ?? (await liveModelFor(rows, core))
      if (tuned === baseModel)
        throw new UsageError(
          `${tuned} is the base model itself. Name the fine-tuned one with --model, or the base with --base.`,
        )
      const grounded = { name: 'base with the catalog', model: baseModel, strategy: 'grounded' as const }
      const report = await measureForTerminal(core, terminal, options, {
        rows,
        models: [
          { name: 'base', model: baseModel, strategy: 'base' },
          // The catalog has no facts about log lines.
          ...(isSorting ? [] : [grounded]),
          { name: 'fine-tuned', model: tuned, strategy: 'fine-tuned' },
        ],
        wantsRecommendation: true,
      })
      await showReport(report, core, terminal, options)
    },
  )
}
