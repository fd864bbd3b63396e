import type { Command } from 'commander'
import type { Records } from '../../app.ts'
import { type CanaryRow, findRunningCanary } from '../../diagnosis/model/model-records.ts'
import { ARMS, type Arm, type ArmFigures } from '../../feedback/votes/canary-votes.ts'
import { UsageError } from '../../lib/errors.ts'
import { MAX_SHARE, startCanary, stopCanary } from '../../training/models/canary.ts'
import { GUARD_RULE_TEXT, nextAnalysisAt, readCanaryFigures } from '../../training/models/canary-guard.ts'
import { listAnalyses } from '../../training/models/sequential-looks.ts'
import { personAt } from '../corrections/reviewer.ts'
import { percent, printRows } from '../printing.ts'
import { openCoreForTerminal, openRecordsForTerminal, type Terminal } from '../program.ts'
import { configuredAs, mustServe } from './promote.ts'

type Options = {
  alias: string
  share: string
  for?: string
  status?: boolean
  stop?: boolean
  reason?: string
  json?: boolean
}

/** `models canary`: tries a model on a share of the threads, beside the live one. */
export function addModelCanary(models: Command, terminal: Terminal): void {
  models
    .command('canary')
    .description(`tries a model on a share of the threads. ${GUARD_RULE_TEXT}`)
    .argument('[model]', 'the model to try')
    .option('--alias <alias>', 'whose threads', 'assistant')
    .option('--share <percent>', `of a hundred threads, up to ${MAX_SHARE}`, '10')
    .option('--for <while>', 'ends by itself after 24h, 3d, …')
    .option('--status', 'what came of it so far')
    .option('--stop', 'ends it; the live model answers alone')
    .option('--reason <words>')
    .option('--json', 'as JSON')
    .action(async (model: string | undefined, options: Options) => {
      const { alias, reason, json } = options
      if (model && (options.status || options.stop)) throw new UsageError('--status and --stop take no model.')
      if (!model) {
        await using records = await openRecordsForTerminal(terminal)
        const why = reason ? { reason } : {}
        const canary = options.stop
          ? await stopCanary(records.store, records.catalog, { alias, by: personAt({}).user, ...why })
          : await findRunningCanary(records.store, alias)
        return await printCanary(records, terminal, canary, { json, isOver: options.stop === true })
      }
      await using core = await openCoreForTerminal(terminal)
      if (core.config.model.strategy !== 'fine-tuned')
        throw new UsageError(
          'ASSISTANT_STRATEGY has the base model answer, so there is nothing to try a model against.',
        )
      await mustServe(core, model, terminal)
      const canary = await startCanary(core.store, {
        alias,
        model,
        share: Number(options.share.replace('%', '')),
        by: personAt({}).user,
        configured: configuredAs(core, alias),
        ...(options.for ? { durationMs: readWhile(options.for) } : {}),
        ...(reason ? { reason } : {}),
      })
      if (json) return terminal.out(JSON.stringify(canary, null, 2))
      const until = canary.ends_at === null ? '' : ` until ${new Date(canary.ends_at).toISOString().slice(0, 16)} UTC`
      terminal.out(
        `${model} answers in ${canary.share} of 100 threads${until}, ${canary.live_model} in the others. ${GUARD_RULE_TEXT}`,
      )
    })
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function readWhile(text: string): number {
  const [, number, unit] = /^(\d{1,4})([mhd])$/.exec(text.trim()) ?? []
  if (!number || !unit) throw new UsageError('--for takes a while such as 90m, 24h or 3d.')
  return Number(number) * UNITS[unit as keyof typeof UNITS]
}

async function printCanary(
  { store, catalog }: Records,
  terminal: Terminal,
  canary: CanaryRow | null,
  { json, isOver }: { json: boolean | undefined; isOver: boolean },
): Promise<void> {
  if (!canary) return terminal.out(json ? 'null' : 'No model is being tried.')
  const { arms, forbidden } = await readCanaryFigures(store, canary.id, catalog)
  const looks = await listAnalyses(store, canary.id)
  if (json) return terminal.out(JSON.stringify({ ...canary, arms, forbidden, looks }, null, 2))
  terminal.out(
    isOver ? 'Ended. The live model answers alone.' : `${canary.model} answers in ${canary.share} of 100 threads.`,
  )
  const modelOf: Record<Arm, string> = { live: canary.live_model, canary: canary.model }
  printRows(
    terminal,
    ARMS.map((arm) => ({ arm, model: modelOf[arm], ...row(arms[arm], forbidden[arm]) })),
    { empty: '' },
  )
  if (isOver) return
  terminal.out(
    `Looked at next when both have ${nextAnalysisAt('wrong', looks)} questions asked, and when both have ${nextAnalysisAt('voted down', looks)} votes.`,
  )
}

function row({ answers, asked, failed, contradicted, unreadable, up, down }: ArmFigures, unsafe: number) {
  const wrong = failed + contradicted + unreadable
  return {
    answers,
    wrong: `${wrong} of ${asked} (${percent(asked > 0 ? wrong / asked : null)})`,
    failed,
    'against the catalog': contradicted,
    'forbidden command': unsafe,
    unreadable,
    '👍': up,
    '👎': down,
  }
}
