import { parseTrainingRow, type TrainingRow } from '../../formats/reading.ts'
import type { TargetName } from '../../formats/targets.ts'
import { type FileCheck, type ReadRow, validateFor } from '../../formats/validating.ts'
import type { Price } from '../prices.ts'
import { type TrainingCost, trainingCost } from './cost.ts'
import { createFileProgress, type FileProgress } from './file-progress.ts'
import { createLabelCounts, type LabelCount } from './label-counts.ts'
import { MAX_INDEXED_ROWS } from './minhash.ts'
import {
  createDuplicateSearch,
  createLeakSearch,
  type DuplicateReport,
  type LeakReport,
  type RowLocation,
} from './near-duplicates.ts'
import { createTokenCounts, type TokenStats } from './token-counts.ts'
import type { Tokenizer } from './tokens.ts'

export type CheckRequest = {
  /** Parts of one data set. */
  files: readonly string[]
  targets: readonly TargetName[] | 'fitting'
  /** Data that a model is measured on: no row may stand on both sides. */
  against?: readonly string[]
  /** Null leaves out everything but the trainers' rules. */
  model: { tokenizer: Tokenizer; context: number | null; price: Price | null; epochs?: number | undefined } | null
  signal?: AbortSignal | undefined
  onProgress?: FileProgress
}

export type CheckedFile = { file: string; checks: Partial<Record<TargetName, FileCheck>> }

export type DatasetCheck = {
  files: readonly CheckedFile[]
  rows: number
  /** Null where only the rules were asked for. */
  content: (DuplicateReport & Content) | null
  /** Null where there was nothing to compare with. */
  leaks: (LeakReport & { against: readonly string[] }) | null
}

type Content = {
  labels: readonly LabelCount[]
  /** How many times more rows the largest class has than the smallest; null of fewer than two. */
  imbalance: number | null
  tokens: TokenStats | null
  cost: TrainingCost
  /** Rows compared by their likeness; the others only by being equal. */
  nearComparedRows: number
}

/**
 * Everything that can be told of training data before money is spent on it: the trainers' rules, and what no trainer
 * tells. One pass; memory is bounded. Throws `FileUnreadableError`.
 */
export async function checkDataset(request: CheckRequest): Promise<DatasetCheck> {
  const { files, targets, against = [], model, signal } = request
  const progress = await createFileProgress([...against, ...files], request.onProgress)
  const leaks = against.length > 0 ? createLeakSearch() : null
  for (const [at, file] of against.entries()) {
    const onRow = ({ number, ...row }: ReadRow) =>
      withTrainingRow(row, (taught) => leaks?.add(taught, { file: at, line: number }))
    await validateFor(file, 'fitting', { signal, onRow, onBytes: progress.of(file) })
  }
  const content = model && createContent(model)
  const checked: CheckedFile[] = []
  for (const [at, file] of files.entries()) {
    const onRow = ({ number, ...row }: ReadRow) =>
      withTrainingRow(row, (taught) => {
        content?.add(taught, { file: at, line: number })
        leaks?.search(taught, { file: at, line: number })
      })
    const checks = await validateFor(file, targets, {
      signal,
      onBytes: progress.of(file),
      ...(content || leaks ? { onRow } : {}),
    })
    checked.push({ file, checks })
  }
  const rows = checked.reduce((sum, { checks }) => sum + (Object.values(checks)[0]?.rows ?? 0), 0)
  return {
    files: checked,
    rows,
    content: content?.result(rows) ?? null,
    leaks: leaks && { against, ...leaks.result() },
  }
}

function withTrainingRow({ value, shape }: Pick<ReadRow, 'value' | 'shape'>, use: (taught: TrainingRow) => void): void {
  const taught = shape && parseTrainingRow(value, shape)
  if (taught) use(taught)
}

function createContent({ tokenizer, context, price, epochs }: NonNullable<CheckRequest['model']>) {
  const comparison = createDuplicateSearch()
  const labels = createLabelCounts()
  const tokens = createTokenCounts(tokenizer, context)
  return {
    add(taught: TrainingRow, place: RowLocation): void {
      comparison.add(taught, place)
      labels.add(taught.answer)
      tokens.add(taught, place)
    },
    result(rows: number): DuplicateReport & Content {
      const counted = labels.list()
      const figures = tokens.figures()
      const [most, least] = [counted[0]?.rows ?? 0, counted.at(-1)?.rows ?? 0]
      return {
        ...comparison.result(),
        labels: counted,
        imbalance: counted.length > 1 ? most / least : null,
        tokens: figures,
        cost: trainingCost({ rows, tokens: figures?.trained ?? 0, price, epochs }),
        nearComparedRows: Math.min(rows, MAX_INDEXED_ROWS),
      }
    },
  }
}
