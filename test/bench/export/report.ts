import Table from 'cli-table3'
import type { ExportFormat } from '../../../src/formats/writing.ts'
import type { Machine } from '../support/machine.ts'
import type { Done } from './work.ts'

/** What was measured of one format, round by round. */
export type FormatFigures = {
  database: string
  format: ExportFormat
  bare: Done[]
  ours: Done[]
  validate: Done[]
}

type Run = { machine: Machine; rows: number; rounds: number; figures: readonly FormatFigures[] }

/** Design, table of how good it must be. */
const MAX_RATIO = 3
const MAX_MB = 64
const MAX_VALIDATE_MS = 3_000
/** Load that others put on the machine, as a share of its cores, beyond which times say little. */
const QUIET_SHARE = 0.5

export function report({ machine, rows, rounds, figures }: Run, asJson: boolean): string {
  const lines = figures.map(summary)
  if (asJson) return JSON.stringify({ machine, rows, rounds, formats: lines, figures }, null, 2)
  const table = new Table({
    head: [
      '',
      'format',
      'bare',
      'ours',
      `ratio (≤ ${MAX_RATIO})`,
      'CPU ratio',
      `memory (≤ + ${MAX_MB} MB)`,
      'bare memory',
      `check (≤ ${MAX_VALIDATE_MS / 1000} s)`,
      '',
    ],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const { database, format, bareMs, oursMs, ratio, cpuRatio, memoryMb, bareMemoryMb, validateMs, isMet } of lines)
    table.push([
      ...[
        database,
        format,
        ms(bareMs),
        ms(oursMs),
        `${ratio.toFixed(2)} ×`,
        `${cpuRatio.toFixed(2)} ×`,
        `+ ${memoryMb.toFixed(0)} MB`,
      ],
      ...[`+ ${bareMemoryMb.toFixed(0)} MB`, ms(validateMs), isMet ? 'met' : 'missed'],
    ])
  return [
    `export: ${rows} rows, ${rounds} rounds in turn, medians, each run a process of its own`,
    `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ${machine.platform}, load before ${machine.loadBefore.toFixed(1)}`,
    table.toString(),
    'bare: select a page, JSON.stringify, write. ours: with manifest, sha256 of each line, the record in the database, and both files on the disk. CPU: of the process, without the database server.',
    ...(machine.loadBefore > machine.cores * QUIET_SHARE
      ? ['Other work was running on this machine: compare the two, do not trust the times.']
      : []),
  ].join('\n')
}

function summary({ database, format, bare, ours, validate }: FormatFigures) {
  const [bareMs, oursMs, validateMs] = [bare, ours, validate].map((runs) => median(runs.map(({ ms: one }) => one)))
  const ratio = (oursMs ?? 0) / (bareMs ?? 1)
  const memoryMb = Math.max(...ours.map(above))
  return {
    database,
    format,
    bareMs: bareMs ?? 0,
    oursMs: oursMs ?? 0,
    ratio,
    cpuRatio: median(ours.map(({ cpuMs }) => cpuMs)) / median(bare.map(({ cpuMs }) => cpuMs)),
    memoryMb,
    bareMemoryMb: Math.max(...bare.map(above)),
    validateMs: validateMs ?? 0,
    isMet: ratio <= MAX_RATIO && memoryMb <= MAX_MB && (validateMs ?? 0) <= MAX_VALIDATE_MS,
  }
}

function above({ idleBytes, peakBytes }: Done): number {
  return (peakBytes - idleBytes) / 1024 ** 2
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

const ms = (value: number) => `${value.toFixed(0)} ms`
