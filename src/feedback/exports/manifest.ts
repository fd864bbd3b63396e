import { z } from 'zod'
import { FileUnreadableError, readLineBlocks, readLines } from '../../lib/lines.ts'
import type { ExportedLine } from './records.ts'

/** Where a line comes from: never in the line itself, since trainers refuse unknown keys. */
export type Provenance = {
  /** The correction, or the judged answer, it was made from. */
  correction: string | null
  answer: string | null
  /** Whether the answer was judged right; null for a correction. */
  label: 0 | 1 | null
  source: string
  author: string | null
  reviewer: string | null
  /** The first of two approvers. */
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

/** What is read back of a line's {@link Provenance}, in any key order. */
const ManifestLine = z.object({
  position: z.number().int(),
  correction: z.string().nullable(),
  answer: z.string().nullable(),
  label: z.union([z.literal(0), z.literal(1)]).nullable(),
  author: z.string().nullish(),
})

/** The lines of a manifest, some hundred at a time: their number needn't fit into memory. */
export async function* readManifestLines(path: string): AsyncGenerator<readonly ExportedLine[]> {
  for await (const lines of readLineBlocks(path)) {
    const found = lines.flatMap(({ bytes }) => parseLine(bytes?.toString('utf8') ?? '') ?? [])
    if (found.length > 0) yield found
  }
}

/** One line of the list; null for what comes before and after it. */
function parseLine(text: string): ExportedLine | null {
  if (!text.startsWith('{"position":')) return null
  const read = ManifestLine.safeParse(parseJson(text.replace(/,$/, '')))
  if (!read.success) return null
  const { position, correction, answer, label, author = null } = read.data
  return { position, correction_id: correction, author, answer_id: correction === null ? answer : null, label }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * The corrections an exported file was made from, by its manifest; null when there is none, or it belongs to other
 * bytes.
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
