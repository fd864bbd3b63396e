import { dirname, join, resolve } from 'node:path'
import { readExportedCorrections } from '../../feedback/exports/manifest.ts'
import { UsageError } from '../../lib/errors.ts'
import { readLines } from '../../lib/lines.ts'
import type { Store } from '../../store/open.ts'
import { fileSha256, readManifest } from '../datasets/manifest.ts'
import { parseRecipe } from '../datasets/recipe.ts'
import { DatasetUnusableError } from '../errors.ts'
import { findJob } from './job-records.ts'
import type { JobRequest } from './start-job.ts'

/** What is needed to train on the same data again, wherever that will be. */
export type EarlierRequest = Omit<JobRequest, 'baseModel'>

/**
 * The data and settings of an earlier job, or of a data set by its manifest. The files must still be what they were:
 * throws {@link DatasetUnusableError}.
 */
export async function requestFromEarlier(store: Store, jobOrManifest: string): Promise<EarlierRequest> {
  const job = await findJob(store, jobOrManifest)
  if (!job) {
    if (!/\.json$/.test(jobOrManifest))
      throw new UsageError(
        `There is no job ${jobOrManifest} ("finetune list" shows them), and a manifest ends in .json.`,
      )
    return fromManifest(jobOrManifest)
  }
  if (!job.train_file)
    throw new UsageError(`It is not known which file ${job.id} was trained on. Give it with --train.`)
  await requireUnchanged(job.train_file, job.data_sha256)
  const recipe = parseRecipe(job.recipe)
  return {
    train: job.train_file,
    validation: job.validation_file,
    ...(job.suffix && { suffix: job.suffix }),
    ...(recipe && { method: recipe.method, hyperparameters: recipe.hyperparameters }),
    ...(typeof recipe?.seed === 'number' && { seed: recipe.seed }),
  }
}

async function fromManifest(file: string): Promise<EarlierRequest> {
  if (file.endsWith(EXPORT_MANIFEST_SUFFIX)) return fromExport(file)
  const { files, seed } = await readManifest(file)
  const at = (name: string) => join(dirname(resolve(file)), name)
  const [train, heldOut] = [at(files.train.name), at(files.heldOut.name)]
  await requireUnchanged(train, files.train.sha256)
  await requireUnchanged(heldOut, files.heldOut.sha256)
  return { train, validation: heldOut, seed }
}

/** How the manifest beside an export is named, behind the export's own name. */
const EXPORT_MANIFEST_SUFFIX = '.manifest.json'

async function fromExport(file: string): Promise<EarlierRequest> {
  const train = resolve(file.slice(0, -EXPORT_MANIFEST_SUFFIX.length))
  const isSame = (await readExportedCorrections(train, await fileSha256(train))) !== null
  if (!isSame) throw new DatasetUnusableError(train, 'it was changed since')
  for await (const { bytes } of readLines(file))
    return { train, method: /"format":"[a-z]+-dpo"/.test(bytes?.toString('utf8') ?? '') ? 'dpo' : 'supervised' }
  return { train }
}

async function requireUnchanged(file: string, expected: string): Promise<void> {
  if ((await fileSha256(file)) !== expected) throw new DatasetUnusableError(file, 'it was changed since')
}
