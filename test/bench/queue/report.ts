import Table from 'cli-table3'
import type { Machine } from '../support/machine.ts'

/** What each call took, in the order in which they were made. */
export type CaseFigures = { database: string; title: string; ours: number[]; bare: number[] }

type Run = { machine: Machine; rows: number; times: number; figures: readonly CaseFigures[] }

export function report({ machine, rows, times, figures }: Run, asJson: boolean): string {
  const lines = figures.map(({ database, title, ours, bare }) => {
    const [median, p95] = [at(ours, 0.5), at(ours, 0.95)]
    const [bareMedian, bareP95] = [at(bare, 0.5), at(bare, 0.95)]
    return { database, title, median, p95, bareMedian, bareP95, ratio: median / bareMedian, p95Ratio: p95 / bareP95 }
  })
  if (asJson) return JSON.stringify({ machine, rows, times, cases: lines }, null, 2)
  const table = new Table({
    head: ['', 'asked for', 'bare p95', 'ours p95', 'ratio', 'bare median', 'ours median', 'ratio'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const { database, title, median, p95, bareMedian, bareP95, ratio, p95Ratio } of lines)
    table.push([
      ...[database, title, ms(bareP95), ms(p95), `${p95Ratio.toFixed(1)} ×`],
      ...[ms(bareMedian), ms(median), `${ratio.toFixed(1)} ×`],
    ])
  return [
    `queue: ${rows} corrections wait, ${times} times each in turn with the bare select`,
    `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ${machine.platform}, load before ${machine.loadBefore.toFixed(1)}`,
    table.toString(),
    'bare: as many rows by their primary key, in one select. ours: the most proposed first, of these the riskiest, of these the oldest, over two statuses.',
  ].join('\n')
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const ms = (value: number) => `${value.toFixed(2)} ms`
