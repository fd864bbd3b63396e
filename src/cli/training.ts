import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import type { Core } from '../app.ts'
import { openProgress } from '../lib/progress.ts'
import { readApproved } from '../training/approved.ts'
import { buildDataset } from '../training/datasets.ts'
import { evaluate, type Report, readEvaluationRows } from '../training/evaluation.ts'
import type { Job, JobEvent } from '../training/job-watching.ts'
import { modelOf } from '../training/jobs.ts'
import { readManifest } from '../training/manifest.ts'
import { validateOpenaiSft } from '../training/openai-format.ts'
import { listModels, promote, rollback } from '../training/promotion.ts'
import { percent, printRows } from './printing.ts'
import { openCoreForTerminal, openRecordsForTerminal, type Terminal, UsageError } from './program.ts'

type Json = { json?: boolean }

/** `dataset build | validate`: training data from the catalog and the approved corrections. */
export function addDataset(program: Command, terminal: Terminal): void {
  const dataset = program.command('dataset').description('training data')

  dataset
    .command('build')
    .description('training and held-out rows from the catalog and the approved corrections')
    .requiredOption('--out <folder>')
    .addOption(new Option('--kind <kind>').choices(['assistant', 'classifier']).default('assistant'))
    .option('--seed <number>', 'another split')
    .option('--json', 'the manifest as JSON')
    .action(async (options: { out: string; kind: 'assistant' | 'classifier'; seed?: string } & Json) => {
      await using records = await openRecordsForTerminal(terminal)
      const seed = options.seed === undefined ? undefined : Number(options.seed)
      if (seed !== undefined && !Number.isSafeInteger(seed)) throw new UsageError('--seed takes a whole number.')
      const { train, heldOut, manifest, manifestFile } = await buildDataset({
        kind: options.kind,
        catalog: records.catalog,
        corrections: await readApproved(records.store),
        folder: options.out,
        ...(seed === undefined ? {} : { seed }),
      })
      if (options.json) return terminal.out(JSON.stringify(manifest, null, 2))
      terminal.out(`${manifest.files.train.rows.length} rows to train on in ${train}`)
      terminal.out(`${manifest.files.heldOut.rows.length} rows held out in ${heldOut}`)
      terminal.out(`where each row comes from: ${manifestFile}`)
      for (const { id, why } of manifest.setAside) terminal.err(`${id} is not taught: ${why.replaceAll('_', ' ')}`)
    })

  dataset
    .command('validate')
    .description('every fault of a training file with its line')
    .argument('<file>')
    .addOption(new Option('--target <target>').choices(['openai-sft']).default('openai-sft'))
    .option('--json', 'as JSON')
    .action(async (file: string, { json }: Json) => {
      const check = await validateOpenaiSft(file, { signal: terminal.signal })
      if (json) terminal.out(JSON.stringify(check, null, 2))
      else
        for (const { line, name, message } of check.faults)
          terminal.out(`${line === null ? 'file' : `line ${line}`}: ${name}: ${message}`)
      const summary = `${check.rows} rows, ${check.faultCount} faults`
      if (check.faultCount > 0) throw new UsageError(`${summary}. Mend them before training.`)
      if (!json) terminal.out(`${summary}.`)
    })
}

/** `finetune start | watch | list | cancel`. */
export function addFinetune(program: Command, terminal: Terminal): void {
  const finetune = program.command('finetune').description('fine-tuning jobs')

  finetune
    .command('start')
    .requiredOption('--train <file>', 'JSONL, as "dataset build" writes it')
    .option('--validation <file>')
    .option('--model <id>', 'the model to train (BASE_MODEL unless given)')
    .option('--suffix <name>', 'part of the new model’s name')
    .option('--seed <number>')
    .option('--again', 'even though the same data was trained on the same model before')
    .option('--watch', 'follow it to its end')
    .action(async (options: Record<string, string> & { again?: boolean; watch?: boolean }) => {
      await using core = await openCoreForTerminal(terminal)
      const { train = '', validation, model, suffix, seed } = options
      using progress = openProgress(terminal, 'fine-tuning')
      const onEvent = following(progress)
      const job = await core.jobs.startJob(
        {
          train,
          baseModel: model ?? core.config.model.base,
          ...(validation ? { validation } : {}),
          ...(suffix ? { suffix } : {}),
          ...(seed ? { seed: Number(seed) } : {}),
          ...(options.again ? { again: true } : {}),
        },
        { onEvent, signal: terminal.signal },
      )
      terminal.out(`job ${job.id} on ${job.base_model}, ${job.training_rows} rows`)
      if (options.watch) tellEnd(await core.jobs.watchJob(job.id, { onEvent, signal: terminal.signal }), terminal)
    })

  finetune
    .command('watch')
    .argument('<id>')
    .action(async (id: string) => {
      await using core = await openCoreForTerminal(terminal)
      using progress = openProgress(terminal, 'fine-tuning')
      tellEnd(await core.jobs.watchJob(id, { onEvent: following(progress), signal: terminal.signal }), terminal)
    })

  finetune
    .command('list')
    .option('--json', 'as JSON')
    .action(async ({ json }: Json) => {
      await using core = await openCoreForTerminal(terminal)
      const jobs = (await core.jobs.listJobs()).map(({ id, base_model, training_rows, status, model, created_at }) => ({
        id,
        status,
        base: base_model,
        rows: training_rows,
        model,
        started: new Date(created_at).toISOString(),
      }))
      printRows(terminal, jobs, { json, empty: 'No job was started from here yet.' })
    })

  finetune
    .command('cancel')
    .argument('<id>')
    .action(async (id: string) => {
      await using core = await openCoreForTerminal(terminal)
      terminal.out(`${id}: ${(await core.jobs.cancelJob(id, terminal.signal)).status}`)
    })
}

function tellEnd(job: Job, terminal: Terminal): void {
  terminal.out(`${job.status}: ${modelOf(job)}`)
}

/** A job's events as a bar: the upload by bytes, then the steps with their loss. */
export function following(progress: { show(done: number, total: number, note: string): void }) {
  return (event: JobEvent): void => {
    if (event.kind === 'uploading') progress.show(event.sent, event.bytes, 'uploading')
    if (event.kind === 'step')
      progress.show(event.step, event.steps ?? event.step, `loss ${event.loss?.toFixed(3) ?? '–'}`)
  }
}

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
        await using records = await openRecordsForTerminal(terminal)
        if (options.override && !options.reason) throw new UsageError('--override needs a --reason.')
        const moved = await promote(records.store, {
          alias: options.alias,
          model,
          by: `terminal:${userInfo().username}`,
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
      const moved = await rollback(records.store, { alias, by: `terminal:${userInfo().username}` })
      terminal.out(`${moved.alias} is ${moved.model} again.`)
    })
}
