import Table from 'cli-table3'
import type { Terminal } from './program.ts'

/** Prints a plain table; with `--json` the same rows as JSON. */
export function printRows(
  terminal: Terminal,
  rows: readonly Readonly<Record<string, unknown>>[],
  { json, empty }: { json?: boolean | undefined; empty: string },
): void {
  const [first] = rows
  if (json || !first) {
    terminal.out(json ? JSON.stringify(rows, null, 2) : empty)
    return
  }
  const columns = Object.keys(first)
  const table = new Table({ head: columns, style: { head: [], border: [] }, chars: BORDERLESS })
  for (const row of rows) table.push(columns.map((column) => printable(row[column])))
  terminal.out(table.toString())
}

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

/** Foreign text mustn't control the terminal: control characters become spaces. */
export function printable(value: unknown): string {
  return (value === null || value === undefined ? '–' : String(value)).replace(/\p{Cc}+/gu, ' ')
}

/** Formats 0.857 as `85.7 %`, and null as a dash. */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`
}

/** Formats a count as `1 row` or `100,000 rows`. */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`
}

export const grouped = (count: number) => count.toLocaleString('en-US')
