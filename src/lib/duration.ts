const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/**
 * How long, in the largest unit that fits: "3 minutes". Rounded down for time passed, up for time to come. It names no
 * moment, since the reader's time zone is unknown.
 */
export function formatDuration(from: Date, to: Date, rounding: 'down' | 'up' = 'down'): string {
  const millis = Math.max(1_000, to.getTime() - from.getTime())
  const isUp = rounding === 'up'
  const [unit, length] = UNITS.find(([, one]) => (isUp ? millis > one : millis >= one)) ?? UNITS[3]
  const count = (isUp ? Math.ceil : Math.floor)(millis / length)
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}
