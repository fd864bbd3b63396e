import type { KnownBlock } from '@slack/types'
import { type Alert, isFlapping, isRecovered } from '../../commands/alerts/alert.ts'
import { formatDuration } from '../../lib/duration.ts'
import { cut, escapeCode, escapeMarked, escapeMrkdwn, plain } from '../platform/escaping.ts'
import { context, section } from './elements.ts'
import { moment, SHARED_WORDS } from './words.ts'

/** More readings belong in a table, not on one line. */
const MAX_READINGS = 6
const MAX_READING = 60

/** The device's alert: code, count and whether it's over. The diagnosis follows below. */
export function alertBlocks(alert: Alert): KnownBlock[] {
  const { device, code, state, occurrences, raisedAt, lastRaisedAt, clearedAt } = alert
  const isOver = isRecovered(alert)
  const head = `${isOver ? '✅' : '🔔'} *${escapeMarked(cut(code, MAX_READING))}* on \`${escapeCode(device)}\``
  const said = isOver && clearedAt ? `${head}: ${recovered(alert)}` : head
  const since =
    occurrences === 1
      ? moment(raisedAt)
      : `raised ${occurrences} times since ${moment(raisedAt)}, last ${moment(lastRaisedAt)}`
  const readings = readingsOf(alert)
  return [
    section(readings ? `${said}\n${readings}` : said),
    context(since, ...(isFlapping(alert) && state !== 'closed' ? [SHARED_WORDS.flapping] : [])),
  ]
}

/** The notification text. */
export function alertText({ device, code }: Alert): string {
  return escapeMrkdwn(`${device} reports ${cut(plain(code), MAX_READING)}.`)
}

/** "cleared after 3 minutes" */
export function recovered({ raisedAt, clearedAt }: Alert): string {
  return `cleared after ${formatDuration(raisedAt, clearedAt ?? raisedAt)}`
}

/** The device's readings, under its own names. */
function readingsOf({ values }: Alert): string {
  return Object.entries(values)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
    .slice(0, MAX_READINGS)
    .map(([name, value]) => escapeMrkdwn(cut(`${name} ${String(value)}`.replace(/\s+/g, ' '), MAX_READING)))
    .join(' · ')
}
