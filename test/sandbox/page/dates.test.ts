import { describe, expect, it } from 'vitest'
import { agoLabel, dayLabel, formatDateToken, whenLabel } from '../../../src/sandbox/page/client/text/dates.ts'

const now = new Date(2026, 10, 22, 14, 30)
const at = (day: number, hour = 9): Date => new Date(2026, 10, day, hour, 5)

describe('dates', () => {
  it('calls the near days by their names', () => {
    expect([22, 21, 23].map((day) => dayLabel(at(day), now))).toEqual(['Today', 'Yesterday', 'Tomorrow'])
    expect(dayLabel(at(16), now)).toBe('Monday, November 16')
    expect(dayLabel(new Date(2025, 0, 2), now)).toContain('2025')
  })

  it('counts days by the calendar, not by 24 hours', () => {
    expect(dayLabel(new Date(2026, 10, 21, 23, 59), new Date(2026, 10, 22, 0, 1))).toBe('Yesterday')
  })

  it('fills the parts of a date token and leaves unknown ones', () => {
    const seconds = at(22).getTime() / 1000
    expect(formatDateToken(seconds, 'on {date_num} at {time}, {date_pretty} {nonsense}', 'f', now)).toBe(
      'on 2026-11-22 at 09:05, today {nonsense}',
    )
  })

  it('falls back when the moment is not one', () => {
    expect(formatDateToken(Number.NaN, '{date}', 'some day', now)).toBe('some day')
    expect(formatDateToken(9e15, '{date}', 'some day', now)).toBe('some day')
  })

  it('says when and how long ago', () => {
    expect(whenLabel(at(22), now)).toBe('today at 09:05')
    expect(agoLabel(new Date(now.getTime() - 125_000), now)).toBe('2 minutes ago')
  })
})
