const DAY_MS = 24 * 60 * 60 * 1000

/** A Slack `ts` is seconds since 1970 with six digits behind the point. */
export const dateOfTs = (ts: string): Date => new Date(Number.parseFloat(ts) * 1000 || 0)

const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const clockSeconds = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' })
const full = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'short', hourCycle: 'h23' })
const longDay = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' })
const shortDate = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', year: 'numeric' })
const longDate = new Intl.DateTimeFormat('en', { dateStyle: 'full' })
const date = new Intl.DateTimeFormat('en', { dateStyle: 'long' })
const isoDay = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' })

export const timeOf = (when: Date): string => clock.format(when)
export const fullTimeOf = (when: Date): string => full.format(when)
/** A key that is equal for two moments of one local day. */
export const dayKey = (when: Date): string => isoDay.format(when)

const daysAgo = (when: Date, now: Date): number =>
  Math.round((Date.parse(`${dayKey(now)}T00:00Z`) - Date.parse(`${dayKey(when)}T00:00Z`)) / DAY_MS)

/** Yesterday, today and tomorrow have names of their own. */
function nearDay(when: Date, now: Date): string | null {
  const days = daysAgo(when, now)
  return days === 0 ? 'today' : days === 1 ? 'yesterday' : days === -1 ? 'tomorrow' : null
}

/** The words on a day divider. */
export function dayLabel(when: Date, now: Date): string {
  const near = nearDay(when, now)
  if (near !== null) return near.charAt(0).toUpperCase() + near.slice(1)
  return when.getFullYear() === now.getFullYear() ? longDay.format(when) : longDate.format(when)
}

/** "today at 10:32", "20 Nov at 08:05". */
export const whenLabel = (when: Date, now: Date): string =>
  `${nearDay(when, now) ?? shortDate.format(when)} at ${timeOf(when)}`

export function agoLabel(when: Date, now: Date): string {
  const seconds = Math.round((when.getTime() - now.getTime()) / 1000)
  const size = Math.abs(seconds)
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  if (size < 60) return relative.format(seconds, 'second')
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour')
  return relative.format(Math.round(seconds / 86_400), 'day')
}

/** Slack's `<!date^…>` format in the reader's own time zone; the fallback when the moment or the format is not one. */
export function formatDateToken(seconds: number, format: string, fallback: string, now: Date): string {
  const when = new Date(seconds * 1000)
  if (Number.isNaN(when.getTime()) || format === '') return fallback
  const pretty = (otherwise: string) => nearDay(when, now) ?? otherwise
  const parts: Readonly<Record<string, () => string>> = {
    date_num: () => dayKey(when),
    date_slash: () => dayKey(when).replaceAll('-', '/'),
    date: () => date.format(when),
    date_short: () => shortDate.format(when),
    date_long: () => longDate.format(when),
    date_pretty: () => pretty(date.format(when)),
    date_short_pretty: () => pretty(shortDate.format(when)),
    date_long_pretty: () => pretty(longDate.format(when)),
    time: () => timeOf(when),
    time_secs: () => clockSeconds.format(when),
    ago: () => agoLabel(when, now),
  }
  return format.replace(/\{([a-z_]+)\}/g, (whole, name: string) => parts[name]?.() ?? whole)
}
