/** A day without a time, such as `2026-11-24`; sorts as text. */
export type Day = string

const DAY_MS = 24 * 60 * 60 * 1_000
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** The day for somebody whose clock is `offsetMs` ahead of UTC. */
export function dayAt(now: Date, offsetMs: number): Day {
  return new Date(now.getTime() + offsetMs).toISOString().slice(0, 10)
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
}

/** Whether the text is a day that exists: 30 February doesn't. */
export function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text
}

/** When a working day begins: early enough to be useful, late enough to wake nobody. */
const MORNING_HOUR = 8

/** The morning of the previous day for somebody whose clock is `offsetMs` ahead of UTC. */
export function morningBefore(day: Day, offsetMs: number): Date {
  return new Date(Date.parse(addDays(day, -1)) + MORNING_HOUR * 60 * 60 * 1_000 - offsetMs)
}

/** "Tue, 24 Nov 2026" */
export function formatDay(day: Day): string {
  const form = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat('en-GB', form).format(new Date(day))
}
