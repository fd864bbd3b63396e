import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { AppError, isAbort, UsageError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { readLines } from '../../lib/lines.ts'
import { writeErrorReason } from '../datasets/atomic-write.ts'
import { Benchmark } from '../datasets/benchmark.ts'
import { Recipe } from '../datasets/recipe.ts'
import { BundleUnusableError } from '../errors.ts'
import { LOCAL_TRAINERS, type LocalTrainer, readBundleRow, writeBundleRow } from './rows.ts'
import { axolotlConfig, type BundlePlan, bundleReadme, modelCard, recipeValues, serveScript } from './texts.ts'

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** What stands in `bundle.json`: the whole of the bundle, known again by its files' hashes. */
const BundleManifest = z.object({
  format: z.literal('hydrocore-bundle/1'),
  id: z.string().min(1),
  name: z.string().min(1),
  baseModel: z.string().min(1),
  recipe: Recipe,
  epochs: z.number(),
  rows: z.object({ train: z.int(), validation: z.int() }),
  corrections: z.array(z.string()),
  dataSha256: Sha256,
  manifestSha256: Sha256.nullable(),
  /** What it teaches. Bundles from before have neither this nor a benchmark. */
  kind: z.enum(['assistant', 'classifier']).nullable().optional(),
  benchmark: Benchmark.nullable().optional(),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: Sha256 })),
})
type BundleManifest = z.infer<typeof BundleManifest>

/** A bundle that lies in a folder. */
export type Bundle = BundleManifest & { folder: string }

export type BundleRequest = Omit<BundlePlan, 'systemPrompts'> & {
  /** The folder to make; it must not be there yet, or be empty. */
  folder: string
  /** Checked files. */
  train: string
  validation: string | null
  signal?: AbortSignal | undefined
  onProgress?: (progress: { done: number; total: number }) => void
}

export const BUNDLE_MANIFEST = 'bundle.json'
export const SOURCE_FILES = { train: 'data/source/train.jsonl', validation: 'data/source/validation.jsonl' } as const

/**
 * Writes all that is needed to train on one's own machine. The folder appears as a whole or not at all. Throws
 * {@link UsageError} or {@link BundleUnusableError}.
 */
export async function writeBundle(request: BundleRequest): Promise<Bundle> {
  const { folder } = request
  await removeStaleParts(folder)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new BundleUnusableError(folder, writeErrorReason(error), { cause: error })
  })
  if (names.length > 0) throw new UsageError(`${folder} is not empty. Take a folder of its own for the bundle.`)
  const partFolder = `${folder}.${newId('part')}`
  try {
    const manifest = await writeFiles(partFolder, request)
    // A folder can take the place of an empty one.
    await rename(partFolder, folder)
    return { ...manifest, folder }
  } catch (error) {
    await rm(partFolder, { recursive: true, force: true })
    if (error instanceof AppError || isAbort(error) || request.signal?.aborted) throw error
    throw new BundleUnusableError(folder, writeErrorReason(error), { cause: error })
  }
}

async function writeFiles(folder: string, request: BundleRequest): Promise<BundleManifest> {
  const { train, validation, recipe, signal } = request
  const splits = [
    { name: 'train', file: train, source: SOURCE_FILES.train },
    ...(validation ? [{ name: 'validation', file: validation, source: SOURCE_FILES.validation }] : []),
  ]
  const total = splits.length * LOCAL_TRAINERS.length
  let done = 0
  const systemPrompts = new Set<string>()
  for (const { name, file, source } of splits) {
    await mkdir(join(folder, dirname(source)), { recursive: true })
    await pipeline(createReadStream(file), createWriteStream(join(folder, source), { flush: true }), { signal })
    for (const trainer of LOCAL_TRAINERS) {
      const to = join(folder, 'data', trainer)
      await mkdir(to, { recursive: true })
      const lines = linesFor(file, trainer, { recipe, signal, systemPrompts })
      await pipeline(Readable.from(lines), createWriteStream(join(to, `${name}.jsonl`), { flush: true }), { signal })
      done += 1
      request.onProgress?.({ done, total })
    }
  }
  const plan: BundlePlan = { ...request, systemPrompts: [...systemPrompts] }
  const script = recipe.method === 'dpo' ? 'train_dpo.py' : 'train_sft.py'
  await copyFile(new URL(`./${script}`, import.meta.url), join(folder, 'train_trl.py'))
  const texts = {
    'recipe.json': `${JSON.stringify(recipeValues(plan), null, 2)}\n`,
    'axolotl.yaml': axolotlConfig(plan),
    'serve-vllm.sh': serveScript(plan),
    'MODEL_CARD.md': modelCard(plan),
    'README.md': bundleReadme(plan),
  }
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text, { flush: true })

  const { id, name, baseModel, epochs, rows, corrections, dataSha256, manifestSha256, kind, benchmark } = plan
  const manifest: BundleManifest = {
    format: 'hydrocore-bundle/1',
    ...{ id, name, baseModel, recipe, epochs, rows, dataSha256, manifestSha256, kind, benchmark },
    corrections: [...corrections],
    files: await hashesIn(folder),
  }
  await writeFile(join(folder, BUNDLE_MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { flush: true })
  return manifest
}

async function* linesFor(
  file: string,
  trainer: LocalTrainer,
  { recipe, signal, systemPrompts }: { recipe: Recipe; signal: AbortSignal | undefined; systemPrompts: Set<string> },
): AsyncGenerator<string> {
  for await (const { number, bytes } of readLines(file, { signal })) {
    const text = bytes?.toString('utf8') ?? ''
    if (!text.trim()) continue
    const row = readBundleRow(text, recipe.method, { file, line: number })
    const [first] = row.prompt
    if (first?.role === 'system' && systemPrompts.size < MAX_LISTED_PROMPTS) systemPrompts.add(first.content)
    yield `${writeBundleRow(row, trainer, recipe.method)}\n`
  }
}

/** A card that names more is read by nobody. */
const MAX_LISTED_PROMPTS = 5

async function hashesIn(folder: string): Promise<BundleManifest['files']> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const files = paths.sort().map(async (file) => ({
    path: file.slice(folder.length + 1).replaceAll('\\', '/'),
    bytes: (await stat(file)).size,
    sha256: await hashOf(file),
  }))
  return Promise.all(files)
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/**
 * Reads a bundle back. Its data must be what it was; scripts and settings are there to be changed. Throws
 * {@link BundleUnusableError}.
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const manifest = await readBundleManifest(join(folder, BUNDLE_MANIFEST), folder)
  for (const { path, sha256 } of manifest.files.filter((one) => one.path.startsWith('data/'))) {
    const found = await hashOf(join(folder, path)).catch(() => null)
    if (found === null) throw new BundleUnusableError(folder, `${path} is missing`)
    if (found !== sha256) throw new BundleUnusableError(folder, `${path} was changed since it was written`)
  }
  return { ...manifest, folder }
}

/** The bundle whose training rows a file is, whatever became of its other files; null where it is none. */
export async function findBundleOf(train: string): Promise<Bundle | null> {
  const folder = resolve(dirname(train), '../..')
  if (resolve(folder, SOURCE_FILES.train) !== resolve(train)) return null
  try {
    return { ...(await readBundleManifest(join(folder, BUNDLE_MANIFEST), folder)), folder }
  } catch (error) {
    if (error instanceof BundleUnusableError) return null
    throw error
  }
}

async function readBundleManifest(file: string, folder: string): Promise<BundleManifest> {
  try {
    return BundleManifest.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new BundleUnusableError(folder, `it holds no ${BUNDLE_MANIFEST} of ours`, { cause })
  }
}

/** So old a part belongs to nobody who still writes. */
const STALE_PART_MS = 60 * 60 * 1_000

/** A process that was killed could not remove what it had begun. */
async function removeStaleParts(folder: string): Promise<void> {
  const parent = dirname(folder)
  const names = await readdir(parent).catch(() => [])
  for (const name of names.filter((one) => one.startsWith(`${basename(folder)}.part_`))) {
    const { mtimeMs } = await stat(join(parent, name)).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > STALE_PART_MS) await rm(join(parent, name), { recursive: true, force: true })
  }
}
