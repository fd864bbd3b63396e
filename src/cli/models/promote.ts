import type { Command } from 'commander'
import type { Core } from '../../app.ts'
import { listModelHistory, type ModelHistoryRow } from '../../diagnosis/model/model-records.ts'
import { UsageError } from '../../lib/errors.ts'
import { type Promoted, promote, rollback } from '../../training/models/promotion.ts'
import { personAt } from '../corrections/reviewer.ts'
import { printable, printRows } from '../printing.ts'
import { openCoreForTerminal, openRecordsForTerminal, type Terminal } from '../program.ts'

/** `models promote | rollback | history`: which model is live, and how that came about. */
export function addModelMoves(models: Command, terminal: Terminal): void {
  models
    .command('promote')
    .description('makes a model live, past the gate: better or equal, and not oftener unsafe, on the same rows')
    .argument('<model>')
    .requiredOption('--alias <alias>', 'assistant or classifier')
    .option('--evaluation <id>', 'the evaluation that speaks for it')
    .option('--override', 'past the gate; the record says so')
    .option('--reason <words>')
    .option('--json', 'what was done, as JSON')
    .action(async (model: string, options: Promotion) => {
      await using core = await openCoreForTerminal(terminal)
      if (options.override && !options.reason) throw new UsageError('--override needs a --reason.')
      await mustServe(core, model, terminal)
      const moved = await promote(core.store, {
        alias: options.alias,
        model,
        by: personAt({}).user,
        reason: options.reason ?? 'better or equal on the same rows',
        ...(options.evaluation ? { evaluationId: options.evaluation } : {}),
        override: options.override ?? false,
        configured: configuredAs(core, options.alias),
        catalogVersion: core.catalog.version,
      })
      if (options.json) return terminal.out(JSON.stringify(moved, null, 2))
      printHistory(
        terminal,
        moved,
        `${moved.alias} is now ${moved.model} (before: ${moved.previousModel ?? 'none'}). A running bot follows within 2 s.`,
      )
    })

  models
    .command('rollback')
    .description('puts the model back that was live before, or an earlier one')
    .requiredOption('--alias <alias>', 'assistant or classifier')
    .option('--to <model>', 'one that was live earlier (the one before unless given)')
    .option('--reason <words>')
    .option('--json', 'what was done, as JSON')
    .action(async ({ alias, to, reason, json }: { alias: string; to?: string; reason?: string; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const wish = { alias, by: personAt({}).user, ...(to ? { to } : {}), ...(reason ? { reason } : {}) }
      const moved = await rollback(records.store, wish)
      terminal.out(json ? JSON.stringify(moved, null, 2) : `${moved.alias} is ${moved.model} again.`)
    })

  models
    .command('history')
    .description('every move: who, when, from, to, on which evaluation, and why; the newest first')
    .option('--alias <alias>', 'of one part only')
    .option('--json', 'as JSON')
    .action(async ({ alias, json }: { alias?: string; json?: boolean }) => {
      await using records = await openRecordsForTerminal(terminal)
      const moves = await listModelHistory(records.store, { alias: alias ?? null })
      printRows(terminal, json ? moves.map(asExported) : moves.map(asListed), {
        json,
        empty: 'No model was moved yet; the settings name the one that answers.',
      })
    })
}

type Promotion = { alias: string; evaluation?: string; override?: boolean; reason?: string; json?: boolean }

/** Throws {@link UsageError} if the server doesn't know the model: live, it would answer nothing. */
export async function mustServe(core: Core, model: string, terminal: Terminal): Promise<void> {
  if (!(await core.jobs.servesModel(model, terminal.signal)))
    throw new UsageError(`The model server does not know ${model}. "models list" shows what there is.`)
}

/** The model in the settings for an alias. */
export function configuredAs({ config }: Core, alias: string): string {
  return alias === 'classifier' ? config.model.classifier : config.model.assistant
}

function printHistory(terminal: Terminal, { headline, warnings }: Promoted, done: string): void {
  terminal.out(headline ? `${done}\n${headline}` : done)
  for (const warning of warnings) terminal.err(`Mind that ${printable(warning)}.`)
}

function asListed({ changed_at, alias, kind, model, previous_model, changed_by, reason }: ModelHistoryRow) {
  return {
    when: new Date(changed_at).toISOString().slice(0, 16).replace('T', ' '),
    alias,
    what: kind.replaceAll('_', ' '),
    model,
    before: previous_model,
    by: changed_by,
    reason,
  }
}

function asExported(move: ModelHistoryRow) {
  return {
    id: move.id,
    at: new Date(move.changed_at).toISOString(),
    alias: move.alias,
    kind: move.kind,
    model: move.model,
    previousModel: move.previous_model,
    by: move.changed_by,
    evaluation: move.evaluation_id,
    override: move.is_override === 1,
    reason: move.reason,
  }
}
