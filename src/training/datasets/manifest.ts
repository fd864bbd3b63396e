import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { DatasetUnusableError } from '../errors.ts'

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const RowRecord = z.object({
  /** Of the line as it stands in the file, without its line feed. */
  sha256: Sha256,
  /** Of what is asked, whatever the answer: how a row is known again on the wrong side of a split. */
  question: Sha256,
  case: z.string(),
  label: z.string(),
  /** `catalog`, `log-classifier`, or the id of the correction it came from. */
  source: z.string(),
})

const FileRecord = z.object({ name: z.string(), bytes: z.number(), sha256: Sha256, rows: z.array(RowRecord) })

/** What stands beside a data set: where each row comes from, and how to know the files again. */
export const Manifest = z.object({
  format: z.literal('hydrocore-dataset/1'),
  /** What was built, or `file` where a file of one's own was split. */
  kind: z.enum(['assistant', 'classifier', 'file']),
  seed: z.number(),
  /** `unknown` of a file of one's own. */
  catalogVersion: z.string(),
  files: z.object({ train: FileRecord, heldOut: FileRecord }),
  /** Rows that were built but stand in no file, and why. */
  dropped: z.array(z.object({ question: Sha256, source: z.string(), why: z.string() })),
  /** Approved corrections that are not taught, and why. */
  setAside: z.array(z.object({ id: z.string(), why: z.string() })),
  /** The golden set of which no row was let into training. */
  golden: z
    .object({
      sha256: Sha256,
      rows: z.number(),
      name: z.string().optional(),
      /** Whether all of it stands in what this data set holds out, too. */
      isHeldOut: z.boolean().optional(),
    })
    .optional(),
  /** The file that was split. */
  from: z.object({ name: z.string(), sha256: Sha256 }).optional(),
})
export type Manifest = z.infer<typeof Manifest>
export type FileRecord = z.infer<typeof FileRecord>
export type DatasetKind = Exclude<Manifest['kind'], 'file'>

/** Reads a manifest back. Throws {@link DatasetUnusableError}. */
export async function readManifest(file: string): Promise<Manifest> {
  try {
    return Manifest.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const why =
      cause instanceof z.ZodError || cause instanceof SyntaxError ? 'it is not a manifest' : 'it cannot be read'
    throw new DatasetUnusableError(file, why, { cause })
  }
}

/** Of a file as it lies there. Throws {@link DatasetUnusableError}. */
export async function fileSha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(file), hash)
  } catch (cause) {
    throw new DatasetUnusableError(file, 'it is not there any more', { cause })
  }
  return hash.digest('hex')
}
