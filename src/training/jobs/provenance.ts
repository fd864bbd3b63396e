import { access, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { manifestPath, readExportedCorrections } from '../../feedback/exports/manifest.ts'
import { sha256 } from '../../lib/hash.ts'
import { BUNDLE_MANIFEST, findBundleOf, SOURCE_FILES } from '../bundle/bundle.ts'
import { type Benchmark, benchmarkIn } from '../datasets/benchmark.ts'
import { type DatasetKind, readManifest } from '../datasets/manifest.ts'
import { DatasetUnusableError } from '../errors.ts'

/** Where a training file comes from, by the manifest beside it: a data set's, an export's, or a bundle's. */
export type DataProvenance = {
  /** What it teaches; null where the manifest does not say. */
  kind: DatasetKind | null
  corrections: readonly string[]
  manifest: { file: string; sha256: string } | null
  /** What the same data set holds out, where it still lies there. */
  heldOut: string | null
  benchmark: Benchmark | null
}

/** How ids of corrections begin; other rows come from the catalog or from our own lists. */
const CORRECTION_ID_PREFIX = 'cor_'

const UNKNOWN_PROVENANCE: DataProvenance = {
  kind: null,
  corrections: [],
  manifest: null,
  heldOut: null,
  benchmark: null,
}

/** Nothing is known where there is no manifest, or where it belongs to a file with other bytes. */
export async function readProvenance(file: string, dataSha256: string): Promise<DataProvenance> {
  const exported = await readExportedCorrections(file, dataSha256)
  if (exported) return { ...UNKNOWN_PROVENANCE, corrections: exported, manifest: await hashed(manifestPath(file)) }
  const beside = join(dirname(file), 'manifest.json')
  try {
    const manifest = await readManifest(beside)
    const { files, kind } = manifest
    if (files.train.sha256 !== dataSha256) return UNKNOWN_PROVENANCE
    const sources = files.train.rows.map(({ source }) => source)
    const heldOut = resolve(dirname(file), files.heldOut.name)
    return {
      kind: kind === 'file' ? null : kind,
      corrections: [...new Set(sources.filter((source) => source.startsWith(CORRECTION_ID_PREFIX)))],
      manifest: await hashed(beside),
      heldOut: await access(heldOut).then(
        () => heldOut,
        () => null,
      ),
      benchmark: benchmarkIn(manifest),
    }
  } catch (error) {
    if (error instanceof DatasetUnusableError) return provenanceFromBundle(file, dataSha256)
    throw error
  }
}

/** A bundle keeps with its rows what was known of them when it was made. */
async function provenanceFromBundle(file: string, dataSha256: string): Promise<DataProvenance> {
  const bundle = await findBundleOf(file)
  if (bundle?.dataSha256 !== dataSha256) return UNKNOWN_PROVENANCE
  const { folder, kind = null, corrections, rows, benchmark = null } = bundle
  return {
    ...{ kind, corrections, benchmark },
    manifest: await hashed(join(folder, BUNDLE_MANIFEST)),
    heldOut: rows.validation > 0 ? resolve(folder, SOURCE_FILES.validation) : null,
  }
}

async function hashed(file: string): Promise<DataProvenance['manifest']> {
  return { file: resolve(file), sha256: sha256(await readFile(file, 'utf8')) }
}
