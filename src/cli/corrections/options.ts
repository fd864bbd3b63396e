import { Argument, Option } from 'commander'
import { UsageError } from '../../lib/errors.ts'
import { parseSince as readMoment } from '../../lib/parse-since.ts'

const KINDS = ['answer', 'log'] as const
export type Kind = (typeof KINDS)[number]

export const ID = new Argument('<id>', 'such as cor_01kb…')
export const KIND = () => new Option('--kind <kind>', 'of answers, or of log lines').choices(KINDS)

/** A time from `2026-11-01`, `2026-11-01T12:00:00Z`, `30d` or `12h`. */
export function readSince(text: string, now: number): number {
  const at = readMoment(text, now)
  if (at === null) throw new UsageError('--since takes a day such as 2026-11-01, or a while such as 30d or 12h.')
  return at
}
