import type { Command } from 'commander'
import { openProgress } from '../lib/progress.ts'
import type { Job, JobEvent } from '../training/job-watching.ts'
import { modelOf } from '../training/jobs.ts'
import { printRows } from './printing.ts'
import { openCoreForTerminal, type Terminal } from './program.ts'

type Json = { json?: boolean }

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
function following(progress: { show(done: number, total: number, note: string): void }) {
  return (event: JobEvent): void => {
    if (event.kind === 'uploading') progress.show(event.sent, event.bytes, 'uploading')
    if (event.kind === 'step')
      progress.show(event.step, event.steps ?? event.step, `loss ${event.loss?.toFixed(3) ?? '–'}`)
  }
}
