import type { Command } from 'commander'
import type { Core } from '../app.ts'
import { UsageError } from '../lib/errors.ts'
import { openProgress } from '../lib/progress.ts'
import { evaluate, type Report, readEvaluationRows } from '../training/evaluation.ts'
import { readManifest } from '../training/manifest.ts'
import { percent, printRows } from './printing.ts'
import { openCoreForTerminal, type Terminal } from './program.ts'

type Json = { json?: boolean }

/** `evaluate`: models measured on the same rows. */
export function addEvaluate(program: Command, terminal: Terminal): void {
  program
    .command('evaluate')
    .description('models measured on rows they were not trained on')
    .requiredOption('--models <ids>', 'with commas between')
    .requiredOption('--data <file>', 'held-out rows, as "dataset build" writes them')
    .option('--trained-on <manifest...>', 'manifests of what the models were trained on: rows in them are refused')
    .option('--json', 'the report as JSON')
    .action(async (options: { models: string; data: string; trainedOn?: string[] } & Json) => {
      const models = options.models
        .split(',')
        .map((id) => id.trim())
        .filter(Boolean)
      if (models.length === 0) throw new UsageError('--models takes model ids with commas between.')
      await using core = await openCoreForTerminal(terminal)
      using progress = openProgress(terminal, 'evaluating')
      const report = await evaluate({
        models,
        rows: await readEvaluationRows(options.data, terminal.signal),
        ask: (model, messages, signal) => wholeAnswer(core, model, messages, signal),
        catalog: core.catalog,
        store: core.store,
        trainedOn: await Promise.all((options.trainedOn ?? []).map((file) => readManifest(file))),
        signal: terminal.signal,
        onProgress: ({ model, done, total }) => progress.show(done, total, model),
      })
      if (options.json) terminal.out(JSON.stringify(report, null, 2))
      else tellReport(report, terminal)
    })
}

async function wholeAnswer(
  core: Core,
  model: string,
  messages: Parameters<Core['models']['stream']>[0]['messages'],
  signal: AbortSignal,
) {
  let text = ''
  for await (const delta of core.models.stream({ model, messages }, signal)) text += delta
  return text
}

function tellReport({ id, rows, models }: Report, terminal: Terminal): void {
  const labels = [...new Set(models.flatMap(({ byLabel }) => Object.keys(byLabel)))].sort()
  const line = (measure: string, of: (model: Report['models'][number]) => string) => ({
    measure,
    ...Object.fromEntries(models.map((model) => [model.model, of(model)])),
  })
  printRows(
    terminal,
    [
      line('accuracy', ({ accuracy: a }) => `${percent(a.value)} (95 %: ${percent(a.low)} to ${percent(a.high)})`),
      ...labels.map((label) =>
        line(`  ${label}`, ({ byLabel }) => {
          const share = byLabel[label]
          return share ? `${percent(share.value)} (${share.count} of ${share.of})` : '–'
        }),
      ),
      line('unsafe commands', ({ unsafe }) => percent(unsafe.value)),
      line('unknown codes declined', ({ abstention }) => percent(abstention.value)),
      line('exact match', ({ exact }) => percent(exact.value)),
      line('no answer', ({ failed }) => percent(failed.value)),
      line('latency p50 / p99', ({ latencyMs }) => `${latencyMs.p50} / ${latencyMs.p99} ms`),
    ],
    { empty: '' },
  )
  terminal.out(`evaluation ${id}, ${rows} rows`)
}
