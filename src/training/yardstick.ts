import { z } from 'zod'
import type { Manifest } from './manifest.ts'

/** The file that models trained on a data set are to be measured on, known by its bytes. */
export const Yardstick = z.object({
  kind: z.enum(['golden', 'held out']),
  sha256: z.string(),
  rows: z.number(),
  /** As the file was called then; null of manifests from before golden sets had a name. */
  name: z.string().nullable(),
})
export type Yardstick = z.infer<typeof Yardstick>

/** The golden set of a data set, else what it holds out; null where it holds nothing out. */
export function yardstickIn({ golden, files: { heldOut } }: Manifest): Yardstick | null {
  if (golden) return { kind: 'golden', sha256: golden.sha256, rows: golden.rows, name: golden.name ?? null }
  const { sha256, rows, name } = heldOut
  return rows.length > 0 ? { kind: 'held out', sha256, rows: rows.length, name } : null
}
