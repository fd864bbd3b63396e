import type { Command } from 'commander'
import { UsageError } from '../lib/errors.ts'
import { listModels, promote, rollback } from '../training/promotion.ts'
import { printRows } from './printing.ts'
import { openCoreForTerminal, openRecordsForTerminal, type Terminal } from './program.ts'
import { personAt } from './reviewer.ts'

type Json = { json?: boolean }

/** `models list | promote | rollback`: what is live. */
export function addModels(program: Command, terminal: Terminal): void {
  const models = program.command('models').description('which model plays which part')

  models
    .command('list')
    .option('--json', 'as JSON')
    .action(async ({ json }: Json) => {
      await using records = await openRecordsForTerminal(terminal)
      const { aliases, jobs } = await listModels(records.store)
      if (json) return terminal.out(JSON.stringify({ aliases, jobs }, null, 2))
      printRows(
        terminal,
        aliases.map(({ alias, model, previous_model, moved_by, reason }) => ({
          alias,
          model,
          before: previous_model,
          by: moved_by,
          reason,
        })),
        { empty: 'No model was promoted yet; the settings name the one that answers.' },
      )
      const trained = jobs
        .filter(({ model }) => model)
        .map(({ model, base_model, training_rows }) => ({ model, base: base_model, rows: training_rows }))
      if (trained.length > 0) printRows(terminal, trained, { empty: '' })
    })

  models
    .command('promote')
    .argument('<model>')
    .requiredOption('--alias <alias>', 'assistant or classifier')
    .option('--evaluation <id>', 'the evaluation that speaks for it')
    .option('--override', 'past the gate; the record says so')
    .option('--reason <words>')
    .action(
      async (model: string, options: { alias: string; evaluation?: string; override?: boolean; reason?: string }) => {
        await using core = await openCoreForTerminal(terminal)
        if (options.override && !options.reason) throw new UsageError('--override needs a --reason.')
        if (!(await core.jobs.servesModel(model, terminal.signal)))
          throw new UsageError(`The model server does not know ${model}. "finetune list" shows what was trained.`)
        const moved = await promote(core.store, {
          alias: options.alias,
          model,
          by: personAt({}).user,
          reason: options.reason ?? 'better or equal on the same rows',
          ...(options.evaluation ? { evaluationId: options.evaluation } : {}),
          override: options.override ?? false,
        })
        terminal.out(
          `${moved.alias} is now ${moved.model} (before: ${moved.previousModel ?? 'none'}). A running bot follows within 2 s.`,
        )
      },
    )

  models
    .command('rollback')
    .requiredOption('--alias <alias>')
    .action(async ({ alias }: { alias: string }) => {
      await using records = await openRecordsForTerminal(terminal)
      const moved = await rollback(records.store, { alias, by: personAt({}).user })
      terminal.out(`${moved.alias} is ${moved.model} again.`)
    })
}
