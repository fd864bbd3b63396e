import { dirname, join } from 'node:path'
import { readExportedCorrections } from '../feedback/export-manifest.ts'
import { DatasetUnusableError } from './errors.ts'
import { readManifest } from './manifest.ts'

/** How ids of corrections begin; other rows come from the catalog or from our own lists. */
const CORRECTION = 'cor_'

/**
 * The corrections that a training file was made of, by the manifest beside it: a data set's, or an export's. None where
 * there is no manifest, or where it belongs to a file with other bytes.
 */
export async function correctionsIn(file: string, sha256: string): Promise<readonly string[]> {
  const exported = await readExportedCorrections(file, sha256)
  if (exported) return exported
  try {
    const { files } = await readManifest(join(dirname(file), 'manifest.json'))
    if (files.train.sha256 !== sha256) return []
    return [...new Set(files.train.rows.map(({ source }) => source).filter((source) => source.startsWith(CORRECTION)))]
  } catch (error) {
    if (error instanceof DatasetUnusableError) return []
    throw error
  }
}
