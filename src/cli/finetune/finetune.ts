import type { Command } from 'commander'
import type { JobDetails } from '../../training/jobs/jobs.ts'
import { counted, printable, printRows } from '../printing.ts'
import { openCoreForTerminal, type Terminal } from '../program.ts'
import { lossCurve, printEnd, watch } from './output.ts'
import { addFinetuneStart } from './start.ts'

type Json = { json?: boolean }

/** `finetune start | watch | list | show | pause | resume | cancel`. */
export function addFinetune(program: Command, terminal: Terminal): void {
  const finetune = program.command('finetune').description('fine-tuning jobs')

  addFinetuneStart(finetune, terminal)

  finetune
    .command('watch')
    .description('follows a job to its end; may be stopped and called again at any time')
    .argument('<id>')
    .option('--json', 'the end as JSON')
    .action(async (id: string, { json }: Json) => {
      await using core = await openCoreForTerminal(terminal)
      printEnd(await watch(core, id, terminal), terminal, json)
    })

  finetune
    .command('list')
    .description('every job started from here')
    .option('--json', 'as JSON')
    .action(async ({ json }: Json) => {
      await using core = await openCoreForTerminal(terminal)
      const jobs = (await core.jobs.listJobs()).map(
        ({ id, driver, base_model, training_rows, status, model, created_at }) => ({
          id,
          status,
          driver,
          base: base_model,
          rows: training_rows,
          model,
          started: new Date(created_at).toISOString(),
        }),
      )
      printRows(terminal, jobs, { json, empty: 'No job was started from here yet.' })
    })

  finetune
    .command('show')
    .description('one job: how it stands, its loss, its checkpoints')
    .argument('<id>')
    .option('--json', 'as JSON')
    .action(async (id: string, { json }: Json) => {
      await using core = await openCoreForTerminal(terminal)
      const shown = await core.jobs.showJob(id, terminal.signal)
      if (json) terminal.out(JSON.stringify(shown, null, 2))
      else printJob(shown, terminal)
    })

  const turns = {
    pause: 'stops a job for a while, where the training server offers that',
    resume: 'lets a paused job go on',
    cancel: 'ends a job for good',
  } as const
  for (const turn of Object.keys(turns) as (keyof typeof turns)[])
    finetune
      .command(turn)
      .description(turns[turn])
      .argument('<id>')
      .action(async (id: string) => {
        await using core = await openCoreForTerminal(terminal)
        const { pauseJob: pause, resumeJob: resume, cancelJob: cancel } = core.jobs
        const { status } = await { pause, resume, cancel }[turn](id, terminal.signal)
        terminal.out(`${id}: ${printable(status)}`)
      })
}

function printJob({ state, row, events, checkpoints }: JobDetails, terminal: Terminal): void {
  const curve = lossCurve(events)
  const lines: [string, unknown][] = [
    ['job', state.id],
    ['status', state.status],
    ['base', state.baseModel ?? row?.base_model],
    ['model', state.model],
    ['why', state.fault],
    ['recipe', row?.recipe || state.recipe],
    ['data', row && `${counted(row.training_rows, 'row')}, ${row.train_file ?? 'file unknown'}`],
    ['manifest', row?.manifest_sha256],
    ['loss', events.some(({ kind }) => kind === 'step') ? curve.words().replace('loss ', '') : null],
    ['trained tokens', state.trainedTokens],
    ['ends about', state.estimatedFinish?.toISOString()],
  ]
  for (const [name, value] of lines)
    if (value !== null && value !== undefined) terminal.out(`${name.padEnd(14)} ${printable(value)}`)
  if (checkpoints.length > 0)
    printRows(
      terminal,
      checkpoints.map(({ model, step, loss, validationLoss }) => ({
        checkpoint: model,
        step,
        loss,
        validation: validationLoss,
      })),
      { empty: '' },
    )
}
