import { z } from 'zod'
import type { Manifest } from './manifest.ts'

/** The file that models trained on a data set are to be measured on, known by its bytes. */
export const Benchmark = z.object({
  kind: z.enum(['golden', 'held out']),
  sha256: z.string(),
  rows: z.number(),
  /** As the file was called then; null of manifests from before golden sets had a name. */
  name: z.string().nullable(),
  /** Another file that holds all of it. */
  alsoSha256: z.string().nullish(),
})
export type Benchmark = z.infer<typeof Benchmark>

/** Whether who was measured on this file was measured on all that is asked for. */
export function coversBenchmark(fileSha256: string | null, { sha256, alsoSha256 }: Benchmark): boolean {
  return fileSha256 !== null && (fileSha256 === sha256 || fileSha256 === alsoSha256)
}

/** The golden set of a data set, else what it holds out; null where it holds nothing out. */
export function benchmarkIn({ golden, files: { heldOut } }: Manifest): Benchmark | null {
  if (golden) {
    const { rows, name = null, isHeldOut = false } = golden
    return { kind: 'golden', sha256: golden.sha256, rows, name, alsoSha256: isHeldOut ? heldOut.sha256 : null }
  }
  const { sha256, rows, name } = heldOut
  return rows.length > 0 ? { kind: 'held out', sha256, rows: rows.length, name } : null
}
