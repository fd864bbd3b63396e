const DAY_MS = 86_400_000
const WHILE = /^(\d{1,5})([dh])$/

/** A moment from `2026-11-01`, `2026-11-01T12:00:00Z`, `30d` or `12h`; null otherwise. */
export function parseSince(text: string, now: number): number | null {
  const [, count, unit] = WHILE.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * (unit === 'd' ? DAY_MS : DAY_MS / 24)
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : at
}
