import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { Core } from '../../app.ts'
import { UsageError } from '../../lib/errors.ts'
import { openProgress } from '../../lib/progress.ts'
import type { Store } from '../../store/open.ts'
import { checkDataset } from '../../training/checks/dataset-check.ts'
import { openTokenizer, trainingContext } from '../../training/checks/tokens.ts'
import { METHODS, type Method } from '../../training/datasets/recipe.ts'
import { DuplicateJobError } from '../../training/errors.ts'
import { type EarlierRequest, requestFromEarlier } from '../../training/jobs/from-earlier.ts'
import type { JobEvent } from '../../training/jobs/job-event.ts'
import type { JobRow } from '../../training/jobs/job-records.ts'
import { startLocalJob } from '../../training/jobs/local-trainer.ts'
import { retiringWithin } from '../../training/jobs/retirement.ts'
import type { JobRequest } from '../../training/jobs/start-job.ts'
import { endWords } from '../models/list.ts'
import { counted, printable } from '../printing.ts'
import { openCoreForTerminal, openRecordsForTerminal, type Terminal } from '../program.ts'
import { printEnd, printEvents, watch } from './output.ts'

type StartOptions = {
  train?: string
  from?: string
  validation?: string | false
  model?: string
  suffix?: string
  method?: Method
  seed?: number
  epochs?: number
  batchSize?: number
  learningRate?: number
  beta?: number
  metadata?: Record<string, string>
  again?: boolean
  watch?: boolean
  json?: boolean
  driver: 'openai' | 'local'
  out?: string
  yes?: boolean
}

const HELP = `
Files come from "dataset build" or "corrections export" (openai-dpo for --method dpo). A manifest beside the training
file names the held-out rows, which are the validation file unless you say otherwise. --from takes all of it from an
earlier job or a manifest: with another OPENAI_BASE_URL the same data trains at another provider.

--driver local writes a bundle to train on your own machine (TRL, axolotl, Unsloth; served by vLLM); needs no server.`

export function addFinetuneStart(finetune: Command, terminal: Terminal): void {
  finetune
    .command('start')
    .description('starts a fine-tuning job')
    .option('--train <file>', 'JSONL, as "dataset build" writes it')
    .option('--from <job|manifest>', 'the data and settings of an earlier job or data set')
    .option('--validation <file>', 'held-out rows (those of the manifest unless given)')
    .option('--no-validation', 'without any')
    .option('--model <id>', 'the model to train (BASE_MODEL unless given)')
    .option('--suffix <name>', 'part of the new model’s name')
    .addOption(
      new Option('--method <method>', 'from answers, or from pairs of a better and a worse one').choices(METHODS),
    )
    .option('--seed <number>', 'the same seed and data make the same model', Number)
    .option('--epochs <number>', 'how often each row is seen', Number)
    .option('--batch-size <number>', 'rows a step', Number)
    .option('--learning-rate <number>', 'multiplies the provider’s own', Number)
    .option('--beta <number>', 'with dpo: how close it stays to the old model', Number)
    .option('--metadata <key=value>', 'kept with the job; may be given again', readPair)
    .addOption(
      new Option('--driver <driver>', 'a server, or your own machine').choices(['openai', 'local']).default('openai'),
    )
    .option('--out <folder>', 'with local: the folder to write the bundle to')
    .option('--yes', 'without asking, where training costs money')
    .option('--again', 'even though the same data was trained on the same model before')
    .option('--watch', 'follow it to its end')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(async (options: StartOptions) => {
      if (options.driver === 'local') return startLocal(options, terminal)
      await using core = await openCoreForTerminal(terminal)
      const request = { ...(await requestOf(core.store, options)), baseModel: options.model ?? core.config.model.base }
      await agree(core, request, options, terminal)
      const job = await started(core, request, options, terminal)
      if (options.watch) printEnd(await watch(core, job.id, terminal), terminal, options.json)
      else if (options.json) terminal.out(JSON.stringify(job, null, 2))
    })
}

/** Starts nothing: somebody trains with the bundle and registers the model later. */
async function startLocal(options: StartOptions, terminal: Terminal): Promise<void> {
  const { out, model } = options
  if (!out) throw new UsageError('--driver local writes a bundle: give its folder with --out.')
  if (!model) throw new UsageError('--driver local needs --model: what your machine can load, such as Qwen/Qwen3-4B.')
  await using records = await openRecordsForTerminal(terminal)
  const request = { ...(await requestOf(records.store, options)), baseModel: model }
  using progress = openProgress(terminal, 'bundle')
  const job = await startLocalJob(
    records.store,
    {
      ...request,
      folder: out,
      signal: terminal.signal,
      onProgress: ({ done, total }) => progress.show(done, total, 'writing'),
    },
    Date.now,
  )
  if (options.json) terminal.out(JSON.stringify(job, null, 2))
  else
    terminal.out(
      `${job.id}: ${counted(job.training_rows, 'row')} for ${job.base_model} in ${out}. ${join(out, 'README.md')} says how to go on.`,
    )
}

/** A base model that is retired sooner gets a warning. */
const EXPECTED_DAYS = 180

/**
 * Says how long the base model remains available, since its fine-tuned models go with it, and what training costs if
 * known; continues only if the cost is confirmed.
 */
async function agree(core: Core, request: JobRequest, options: StartOptions, terminal: Terminal): Promise<void> {
  const known = await core.jobs.retiring([request.baseModel], terminal.signal)
  for (const ending of retiringWithin(EXPECTED_DAYS, known))
    terminal.err(`${endWords(ending)} What is trained on it may stop then too.`)
  const price = core.priceOf(request.baseModel)
  if (price?.training == null) return
  const { content } = await checkDataset({
    files: [request.train],
    targets: [request.method === 'dpo' ? 'openai-dpo' : 'openai-sft'],
    model: {
      tokenizer: await openTokenizer(request.baseModel),
      context: trainingContext(request.baseModel),
      price,
      epochs: request.hyperparameters?.epochs,
    },
    signal: terminal.signal,
  })
  if (!content?.cost.dollars) return
  const { dollars, tokens, epochs } = content.cost
  const words = `Training costs about $${dollars.toFixed(2)}: ${tokens} tokens in ${epochs} epochs at $${price.training} a million (${price.source}, checked on ${price.checkedOn}).`
  terminal.err(words)
  if (options.yes) return
  if (!terminal.confirm) throw new UsageError('Nobody is there to agree to that. Add --yes to start all the same.')
  if (!(await terminal.confirm('Start?'))) throw new UsageError('Not started.')
}

async function started(
  core: Core,
  request: JobRequest,
  options: StartOptions,
  terminal: Terminal,
): Promise<{ id: string }> {
  using progress = openProgress(terminal, 'fine-tuning')
  const tell = printEvents(progress)
  const sent = new Map<string, string>()
  const onEvent = (event: JobEvent) => {
    if (event.kind === 'uploaded') sent.set(event.file, event.id)
    tell(event)
  }
  try {
    const job = await core.jobs.startJob(request, { onEvent, signal: terminal.signal })
    if (!options.json) terminal.out(wordsOf(job))
    return job
  } catch (error) {
    for (const [file, id] of sent)
      progress.say(`${printable(file)} stays at the training server (${printable(id)}); the same start uses it again`)
    // An interrupted start is resumed: its job is running, and only needs watching.
    const isRunning = error instanceof DuplicateJobError && error.job && !error.job.model
    if (!isRunning || !options.watch) throw error
    progress.say(`${error.job.id} was started before; following it`)
    return error.job
  }
}

function wordsOf({ id, base_model, training_rows }: JobRow): string {
  return `job ${id} on ${base_model}, ${counted(training_rows, 'row')}`
}

async function requestOf(store: Store, options: StartOptions): Promise<EarlierRequest> {
  const { from, train, validation, suffix, method, seed, metadata, again } = options
  if ((from === undefined) === (train === undefined)) throw new UsageError('Give either --train or --from.')
  for (const name of ['seed', 'epochs', 'batchSize', 'learningRate', 'beta'] as const)
    if (Number.isNaN(options[name])) throw new UsageError(`${name} takes a number.`)
  const earlier = from === undefined ? { train: train ?? '' } : await requestFromEarlier(store, from)
  const { epochs, batchSize, learningRate, beta } = options
  const hyperparameters = {
    ...earlier.hyperparameters,
    ...(epochs === undefined ? {} : { epochs }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(beta === undefined ? {} : { beta }),
  }
  return {
    ...earlier,
    hyperparameters,
    ...(validation === undefined ? {} : { validation: validation || null }),
    ...(suffix === undefined ? {} : { suffix }),
    ...(method === undefined ? {} : { method }),
    ...(seed === undefined ? {} : { seed }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(again === undefined ? {} : { allowDuplicate: again }),
  }
}

function readPair(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError('--metadata takes key=value.')
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) }
}
