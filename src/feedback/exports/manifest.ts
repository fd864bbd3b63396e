import { FileUnreadableError, readLineBlocks, readLines } from '../../lib/lines.ts'
import type { ExportedLine } from './records.ts'

/** Where one line comes from: never in the line itself, since trainers refuse keys they do not know. */
export type Provenance = {
  /** The correction it was made of, or the judged answer. */
  correction: string | null
  answer: string | null
  /** Whether the answer was judged right; null for a correction. */
  label: 0 | 1 | null
  source: string
  author: string | null
  reviewer: string | null
  /** Who gave the first of two approvals. */
  firstReviewer: string | null
  reviewedAt: number | null
  consent: string | null
  model: string | null
  catalogVersion: string
}
export type ExportLine = { text: string; code: string; provenance: Provenance }
/** The manifest's name beside an export. */
export function manifestPath(out: string): string {
  return `${out}.manifest.json`
}

/** As {@link Provenance} begins each line of the manifest; its other fields are of no interest here. */
const WRITTEN =
  /^\{"position":(\d+),"sha256":"[0-9a-f]*","correction":(?:null|"([\w-]+)"),"answer":(?:null|"([\w-]+)"),"label":(?:null|([01]))(?:,"source":"\w+","author":(?:null|("(?:[^"\\]|\\.)*")))?/

/** More than the longest beginning of a line that {@link WRITTEN} looks at. */
const PROVENANCE_BYTES = 400

/** The lines of a manifest, some hundred at a time: no number of them has to fit into memory. */
export async function* readManifestLines(path: string): AsyncGenerator<readonly ExportedLine[]> {
  for await (const lines of readLineBlocks(path)) {
    const found = lines.flatMap(({ bytes }) => readLine(bytes?.toString('utf8', 0, PROVENANCE_BYTES) ?? '') ?? [])
    if (found.length > 0) yield found
  }
}

function readLine(text: string): ExportedLine | null {
  const [found, position, correction, answer, label, author] = WRITTEN.exec(text) ?? []
  if (found === undefined) return null
  return {
    position: Number(position),
    correction_id: correction ?? null,
    author: author === undefined ? null : String(JSON.parse(author)),
    answer_id: correction === undefined ? (answer ?? null) : null,
    label: label === undefined ? null : label === '1' ? 1 : 0,
  }
}

/**
 * The corrections an exported file was made of, by the manifest beside it; null where there is none, or it belongs to
 * a file with other bytes.
 */
export async function readExportedCorrections(file: string, sha256: string): Promise<string[] | null> {
  const path = manifestPath(file)
  const ids: string[] = []
  try {
    for await (const lines of readManifestLines(path))
      ids.push(...lines.flatMap(({ correction_id }) => correction_id ?? []))
    for await (const { bytes } of readLines(path))
      if (bytes?.toString('utf8', 0, 7) === '"rows":')
        return bytes.toString('utf8').includes(`"sha256":"${sha256}"`) ? ids : null
  } catch (error) {
    if (!(error instanceof FileUnreadableError)) throw error
  }
  return null
}
