import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Core, Records } from '../../app.ts'
import type { Alias } from '../../diagnosis/model/active-model.ts'
import { findAliasedModel } from '../../diagnosis/model/model-records.ts'
import { createStructured } from '../../diagnosis/model/structured.ts'
import { AppError, UsageError } from '../../lib/errors.ts'
import { openProgress } from '../../lib/progress.ts'
import { fileSha256, readManifest } from '../../training/datasets/manifest.ts'
import { type EvaluationRequest, evaluate } from '../../training/evaluation/evaluation.ts'
import type { Judge } from '../../training/evaluation/judge.ts'
import type { Report } from '../../training/evaluation/report.ts'
import { renderReport } from '../../training/evaluation/report-page/file.ts'
import { type EvaluationRow, isClassifierRow } from '../../training/evaluation/rows.ts'
import type { Terminal } from '../program.ts'
import { printReport } from './words.ts'

/** The output options of a report. */
export type ShowingOptions = { html?: string; json?: boolean }

/** The options of every measuring command. */
export type MeasuringOptions = ShowingOptions & {
  data: string
  trainedOn?: string[]
  judge?: boolean | string
  afresh?: boolean
  concurrency?: number
}

export function withMeasuringOptions(command: Command): Command {
  const measuring = command
    .requiredOption('--data <file>', 'held-out rows, as "dataset build" writes them')
    .option(
      '--trained-on <manifest...>',
      'manifests of what models from elsewhere were trained on, whose rows are refused',
    )
    .option('--judge [model]', 'has a model compare the answers too (JUDGE_MODEL unless named)')
    .option('--afresh', 'asks every row again, also where an earlier run was cut off')
    .option('--concurrency <number>', 'requests at once (4 unless given)', positive)
  return withShowingOptions(measuring)
}

export function withShowingOptions(command: Command): Command {
  return command
    .option('--html <file>', 'the report as one page with charts, to be shown around')
    .option('--json', 'the whole report as JSON')
}

/** The live model for the role these rows test. */
export async function liveModelFor(rows: readonly EvaluationRow[], { store, config }: Core): Promise<string> {
  const alias: Alias = isClassifierRow(rows[0]) ? 'classifier' : 'assistant'
  return (await findAliasedModel(store, alias)) ?? config.model[alias]
}

const MAX_AT_ONCE = 100

function positive(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0 && number <= MAX_AT_ONCE) return number
  throw new InvalidArgumentError(`It is a whole number from 1 to ${MAX_AT_ONCE}.`)
}

/** Runs a measurement with a progress bar; when aborted, it says that nothing is lost. */
export async function measureForTerminal(
  core: Core,
  terminal: Terminal,
  options: MeasuringOptions,
  request: Pick<EvaluationRequest, 'models' | 'rows' | 'baseline' | 'wantsRecommendation'>,
): Promise<Report> {
  const { catalog, store, completions, priceOf, config } = core
  using progress = openProgress(terminal, 'evaluating')
  let done = 0
  try {
    return await evaluate({
      ...request,
      completions: completions,
      catalog,
      store,
      priceOf,
      server: config.model.baseUrl,
      data: { file: options.data, sha256: await fileSha256(options.data) },
      judge: judgingOf(core, options.judge),
      trainingManifests: await Promise.all((options.trainedOn ?? []).map((file) => readManifest(file))),
      ...(options.afresh && { restart: true }),
      ...(options.concurrency && { limits: { concurrency: options.concurrency } }),
      signal: terminal.signal,
      onProgress(step) {
        done = step.done
        progress.show(step.done, step.total, step.model)
      },
    })
  } catch (error) {
    if (terminal.signal.aborted && done > 0)
      terminal.err('What was heard is kept: the same command goes on from there.')
    throw error
  }
}

function judgingOf({ config, completions }: Core, judge: boolean | string | undefined): Judge | undefined {
  if (!judge) return undefined
  const model = typeof judge === 'string' ? judge : config.model.judge
  if (!model) throw new UsageError('Set JUDGE_MODEL, or name the judge after --judge.')
  return { model, ask: createStructured(completions) }
}

/** Shows a report: as a table with text, or as JSON, and also as an HTML page if requested. */
export async function showReport(
  report: Report,
  { catalog }: Records,
  terminal: Terminal,
  { html, json }: ShowingOptions,
): Promise<void> {
  if (html !== undefined) await writePage(html, await renderReport(report, catalog))
  if (json) terminal.out(JSON.stringify(report, null, 2))
  else printReport(report, terminal)
  if (html !== undefined) terminal.err(`The page is ${html}.`)
}

class PageUnwrittenError extends AppError {
  constructor(file: string, options?: ErrorOptions) {
    super({
      code: 'page_unwritten',
      message: `${file} cannot be written`,
      remedy: `The page could not be written to ${file}. The evaluation is stored: “evaluations show” makes the page again.`,
      ...options,
    })
  }
}

/** Atomic: the whole page, or none. */
async function writePage(file: string, page: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.new`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(unfinished, page)
    await rename(unfinished, file)
  } catch (cause) {
    // A place that can't be written may not allow removal either.
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw new PageUnwrittenError(file, { cause })
  }
}
