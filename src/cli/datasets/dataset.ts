import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { openProgress } from '../../lib/progress.ts'
import { readApprovedCorrections } from '../../training/datasets/approved.ts'
import { buildDataset, DEFAULT_HELD_OUT_SHARE, DEFAULT_SEED } from '../../training/datasets/datasets.ts'
import { readGoldenSet } from '../../training/datasets/golden.ts'
import { type Manifest, readManifest } from '../../training/datasets/manifest.ts'
import { splitFile } from '../../training/datasets/splitting.ts'
import { readSeed, readShare } from '../options.ts'
import { counted } from '../printing.ts'
import { openRecordsForTerminal, type Terminal } from '../program.ts'
import { addDatasetValidate } from './validate.ts'

type Common = { out: string; seed?: string; golden?: string; json?: boolean }

const GOLDEN = () =>
  new Option(
    '--golden <file|folder>',
    'rows that no model is ever trained on: a file, or an earlier data set’s held-out ones',
  )

/** `dataset build | split | validate`: training data from the catalog and the approved corrections, or from a file. */
export function addDataset(program: Command, terminal: Terminal): void {
  const dataset = program.command('dataset').description('training data')

  dataset
    .command('build')
    .description('training and held-out rows from the catalog and the approved corrections')
    .requiredOption('--out <folder>')
    .addOption(new Option('--kind <kind>').choices(['assistant', 'classifier']).default('assistant'))
    .option('--seed <number>', 'another split')
    .addOption(GOLDEN())
    .option('--earlier <folder>', 'an earlier data set: what it held out stays held out')
    .option('--json', 'the manifest as JSON')
    .action(async ({ out, kind, ...options }: Common & { kind: 'assistant' | 'classifier'; earlier?: string }) => {
      const seed = readSeed(options.seed)
      await using records = await openRecordsForTerminal(terminal)
      const { golden, earlier } = options
      const built = await buildDataset({
        ...{ kind, folder: out, catalog: records.catalog, corrections: await readApprovedCorrections(records.store) },
        ...(seed === undefined ? {} : { seed }),
        earlierManifest: earlier === undefined ? undefined : await readManifest(manifestIn(earlier)),
        golden: golden === undefined ? undefined : await readGoldenSet(golden, terminal.signal),
      })
      const { manifest } = built
      if (options.json) return terminal.out(JSON.stringify(manifest, null, 2))
      printDataset(built, terminal)
      for (const { id, why } of manifest.setAside) terminal.err(`${id} is not taught: ${why.replaceAll('_', ' ')}`)
      if (manifest.setAside.some(({ why }) => why === 'contradicts_catalog'))
        terminal.err('If the catalog is wrong, see "hydrocore corrections catalog".')
    })

  dataset
    .command('split')
    .description('one file into what is trained on and what is measured on; ways of asking one thing stay together')
    .argument('<file>')
    .requiredOption('--out <folder>')
    .option('--seed <number>', 'another split')
    .option('--share <share>', `of the rows, to be held out (${DEFAULT_HELD_OUT_SHARE} unless given)`)
    .addOption(GOLDEN())
    .option('--json', 'the manifest as JSON')
    .action(async (file: string, { out, golden, json, ...options }: Common & { share?: string }) => {
      const request = {
        ...{ file, folder: out, signal: terminal.signal },
        seed: readSeed(options.seed) ?? DEFAULT_SEED,
        share: readShare('--share', options.share) ?? DEFAULT_HELD_OUT_SHARE,
      }
      using progress = openProgress(terminal, 'reading')
      const split = await splitFile({
        ...request,
        golden: golden === undefined ? undefined : await readGoldenSet(golden, terminal.signal),
        onProgress: ({ done, total }) => progress.show(done, Math.max(total, 1), file),
      })
      if (json) return terminal.out(JSON.stringify(split.manifest, null, 2))
      printDataset(split, terminal)
      if (split.unmeasuredLabels.length > 0)
        terminal.err(`No row measures ${split.unmeasuredLabels.join(', ')}: too few ways of asking to hold one out.`)
    })

  addDatasetValidate(dataset, terminal)
}

function manifestIn(place: string): string {
  return place.endsWith('.json') ? place : join(place, 'manifest.json')
}

const DROPPED = {
  repeated: 'repeated, so kept once',
  ambiguous: 'with two answers to one question, so not taught',
  trained_on: 'asked in training too, so not measured on',
  golden: 'as good as in the golden set, so not trained on',
} as const

function printDataset(
  made: { train: string; heldOut: string; manifestFile: string; manifest: Manifest },
  { out }: Terminal,
): void {
  const { files, dropped } = made.manifest
  out(`${counted(files.train.rows.length, 'row')} to train on in ${made.train}`)
  out(`${counted(files.heldOut.rows.length, 'row')} held out in ${made.heldOut}`)
  for (const [why, words] of Object.entries(DROPPED)) {
    const count = dropped.filter((row) => row.why === why).length
    if (count > 0) out(`${words}: ${count}`)
  }
  out(`where each row comes from: ${made.manifestFile}`)
}
