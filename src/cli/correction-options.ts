import { Argument, Option } from 'commander'
import { UsageError } from '../lib/errors.ts'

const KINDS = ['answer', 'log'] as const
export type Kind = (typeof KINDS)[number]

export const ID = new Argument('<id>', 'such as cor_01kb…')
export const KIND = () => new Option('--kind <kind>', 'of answers, or of log lines').choices(KINDS)

const DAY_MS = 86_400_000
const WHILE = /^(\d{1,5})([dh])$/

/** A moment from `2026-11-01`, `2026-11-01T12:00:00Z`, `30d` or `12h`. */
export function readSince(text: string, now: number): number {
  const [, count, unit] = WHILE.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * (unit === 'd' ? DAY_MS : DAY_MS / 24)
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new UsageError('--since takes a day such as 2026-11-01, or a while such as 30d or 12h.')
  return at
}
