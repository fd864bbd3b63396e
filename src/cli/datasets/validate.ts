import { type Command, Option } from 'commander'
import { readEnvironment } from '../../config/env.ts'
import { TARGET_NAMES, TARGETS, type Target, type TargetName } from '../../formats/targets.ts'
import { openProgress } from '../../lib/progress.ts'
import { checkDataset } from '../../training/checks/dataset-check.ts'
import { openTokenizer, trainingContext } from '../../training/checks/tokens.ts'
import { DatasetInvalidError } from '../../training/errors.ts'
import { loadPrices } from '../../training/prices.ts'
import { readWhole } from '../options.ts'
import type { Terminal } from '../program.ts'
import { faultsFound, printDatasetCheck } from './validation-report.ts'

type Options = {
  target: TargetName | 'all'
  against?: string[]
  model?: string
  epochs?: string
  context?: string
  rulesOnly?: boolean
  json?: boolean
}

/** `dataset validate`: whether trainers accept the data, and whether it's worth training on. */
export function addDatasetValidate(dataset: Command, terminal: Terminal): void {
  dataset
    .command('validate')
    .description(
      'a trainer’s rules with their lines, duplicates, conflicts, leaks, balance, tokens, cost; exit 1 on faults, conflicts and leaks',
    )
    .argument('<files...>', 'parts of one data set')
    .addOption(
      new Option('--target <target>', 'whose rules; all: every trainer that takes such rows')
        .choices([...TARGET_NAMES, 'all'])
        .default('openai-sft'),
    )
    .option('--against <files...>', 'data that a model is measured on: no row may stand on both sides')
    .option('--model <model>', 'the model to train, for tokens and cost (BASE_MODEL unless given)')
    .option('--epochs <number>', 'how often the trainer goes through the rows, unless it chooses')
    .option('--context <tokens>', 'the longest row the model is trained on')
    .option('--rules-only', 'nothing but the trainer’s rules')
    .option('--json', 'as JSON')
    .action(async (files: string[], { target, against = [], json, ...options }: Options) => {
      using progress = openProgress(terminal, 'checking')
      const check = await checkDataset({
        ...{ files, against, signal: terminal.signal },
        targets: target === 'all' ? 'fitting' : [target],
        model: options.rulesOnly ? null : await readModel(target, options, terminal),
        onProgress: ({ done, total, note }) => progress.show(done, Math.max(total, 1), note),
      })
      if (json) terminal.out(JSON.stringify(check, null, 2))
      else printDatasetCheck(check, terminal)
      const found = faultsFound(check, target === 'all')
      if (found.length > 0) throw new DatasetInvalidError(found)
    })
}

async function readModel(target: Options['target'], options: Omit<Options, 'target'>, { environment }: Terminal) {
  const { BASE_MODEL = '', PRICES_FILE = null } = readEnvironment(environment)
  const { model = BASE_MODEL } = options
  const trainers: Target | null = target === 'all' ? null : TARGETS[target]
  const priceOf = await loadPrices(PRICES_FILE)
  return {
    tokenizer: await openTokenizer(model),
    context: readWhole('--context', options.context) ?? trainingContext(model) ?? trainers?.mostTokens ?? null,
    price: priceOf(model),
    epochs: readWhole('--epochs', options.epochs),
  }
}
