import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ChatMessage } from '../../diagnosis/model/chat-message.ts'
import { parseTrainingRow, type TrainingRow } from '../../formats/reading.ts'
import { validateFor } from '../../formats/validating.ts'
import { createLeakSearch } from '../checks/near-duplicates.ts'
import { DatasetUnusableError } from '../errors.ts'
import { readManifest } from './manifest.ts'

/** Rows that every model is measured on and none is trained on. */
export type GoldenSet = {
  file: string
  sha256: string
  rows: number
  /** Whether a row asks what stands there, or nearly that with the same answer. */
  hasQuestion: (messages: readonly ChatMessage[]) => 'same' | 'near' | null
  hasRow: (row: TrainingRow) => 'same' | 'near' | null
}

/**
 * Reads a golden set: a file of rows, or the folder of a data set, of which the held-out side is meant. A row that
 * cannot be read could not be kept out of training, so there may be none. Throws {@link DatasetUnusableError} and
 * `FileUnreadableError`.
 */
export async function readGoldenSet(path: string, signal?: AbortSignal): Promise<GoldenSet> {
  const file = (await isFolder(path)) ? await heldOutFileIn(path) : path
  const search = createLeakSearch()
  let rows = 0
  const checks = await validateFor(file, 'fitting', {
    signal,
    onRow({ number, value, shape }) {
      const taught = shape && parseTrainingRow(value, shape)
      if (!taught) return
      rows += 1
      search.add(taught, { file: 0, line: number })
    },
  })
  const [check] = Object.values(checks)
  if (!check || check.rows === 0) throw new DatasetUnusableError(file, 'it has no rows')
  if (check.rows > rows)
    throw new DatasetUnusableError(
      file,
      `${check.rows - rows} of its lines are no rows; "hydrocore dataset validate" names them`,
    )
  const hasTaught = (row: TrainingRow) => search.has(row)
  return {
    file,
    sha256: check.sha256,
    rows,
    hasRow: hasTaught,
    hasQuestion: (messages) => hasTaught(toTrainingRow(messages)),
  }
}

/** The golden set as a manifest names it. */
export function toManifestGolden({ sha256, rows, file }: GoldenSet) {
  return { sha256, rows, name: basename(file) }
}

function toTrainingRow(messages: readonly ChatMessage[]): TrainingRow {
  return { prompt: messages.slice(0, -1), answer: messages.at(-1)?.content ?? '', rejected: null, label: null }
}

async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function heldOutFileIn(folder: string): Promise<string> {
  const { files } = await readManifest(join(folder, 'manifest.json'))
  return join(folder, files.heldOut.name)
}
