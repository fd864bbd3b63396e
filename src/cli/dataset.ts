import { type Command, Option } from 'commander'
import { TARGET_NAMES, type TargetName } from '../feedback/formats/targets.ts'
import { validateFile } from '../feedback/formats/validating.ts'
import { UsageError } from '../lib/errors.ts'
import { readApproved } from '../training/approved.ts'
import { buildDataset } from '../training/datasets.ts'
import { openRecordsForTerminal, type Terminal } from './program.ts'

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
      if (manifest.setAside.some(({ why }) => why === 'contradicts_catalog'))
        terminal.err('If the catalog is wrong, see "hydrocore corrections catalog".')
    })

  dataset
    .command('validate')
    .description('every fault of a training file with its line')
    .argument('<file>')
    .addOption(new Option('--target <target>').choices(TARGET_NAMES).default('openai-sft'))
    .option('--json', 'as JSON')
    .action(async (file: string, { target, json }: { target: TargetName } & Json) => {
      const check = await validateFile(file, target, { signal: terminal.signal })
      if (json) terminal.out(JSON.stringify(check, null, 2))
      else
        for (const { line, name, message } of check.faults)
          terminal.out(`${line === null ? 'file' : `line ${line}`}: ${name}: ${message}`)
      const summary = `${check.rows} rows, ${check.faultCount} faults`
      if (check.faultCount > 0) throw new UsageError(`${summary}. Mend them before training.`)
      if (!json) terminal.out(`${summary}.`)
    })
}
