import type { Command } from 'commander'
import { type AppError, UsageError } from '../../lib/errors.ts'
import type { Retirement } from '../../training/jobs/retirement.ts'
import { type ListedModel, listModels } from '../../training/models/model-list.ts'
import { counted, percent, printable, printRows } from '../printing.ts'
import { openCoreForTerminal, openRecordsForTerminal, type Terminal } from '../program.ts'

/** A model that ends sooner gets a warning, in time to train the next one. */
const WARNED_DAYS = 60

/** `models list`: the models, what they were trained on, how good they are and how long they stay. */
export function addModelList(models: Command, terminal: Terminal): void {
  models
    .command('list')
    .description('each model with its base, data, evaluation, alias and last day')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const listed = await list(terminal)
      printRows(terminal, json ? listed : listed.map(rowOf), { json, empty: 'No model is known yet.' })
      for (const warning of listed.flatMap(warningOf)) terminal.err(warning)
    })
}

/** From the server's own list, if a server is set and answers; else from what we know. */
async function list(terminal: Terminal): Promise<ListedModel[]> {
  const core = await openCoreForTerminal(terminal).catch((error: unknown) => {
    if (error instanceof UsageError) return null
    throw error
  })
  await using records = core ?? (await openRecordsForTerminal(terminal))
  const onUnreachable = ({ remedy }: AppError) => terminal.err(remedy)
  return await listModels({ store: records.store, jobs: core?.jobs ?? null, onUnreachable }, terminal.signal)
}

function rowOf({ model, base, aliases, data, evaluation, retirement, isServed }: ListedModel) {
  return {
    model,
    base,
    alias: aliases.join(', ') || null,
    data: data && `${counted(data.rows, 'row')}, ${counted(data.corrections, 'correction')}`,
    evaluation: evaluation && `${percent(evaluation.accuracy)} (${evaluation.id})`,
    retires: isServed === false ? 'the server does not list it' : (retirement?.retiresOn ?? null),
  }
}

function warningOf({ aliases, retirement }: ListedModel): string[] {
  if (!retirement || retirement.daysLeft > WARNED_DAYS) return []
  return [endWords(retirement, aliases.length > 0 ? ` (now ${aliases.join(' and ')})` : '')]
}

/** When a model is retired, and the source of that date. */
export function endWords({ model, retiresOn, daysLeft, source }: Retirement & { daysLeft: number }, part = ''): string {
  const when = daysLeft < 0 ? `stopped on ${retiresOn}` : `stops on ${retiresOn}, in ${daysLeft} days`
  return printable(`${model}${part} ${when}, says ${source}.`)
}
