/** Slack's objects reach the page unchecked: these readers give a value of the wanted kind, or an empty one, and never throw. */
export type Loose = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const recordAt = (from: Loose, key: string): Loose | null => {
  const value = from[key]
  return isRecord(value) ? value : null
}

export const recordsAt = (from: Loose, key: string): readonly Loose[] => {
  const value = from[key]
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export const stringAt = (from: Loose, key: string): string => {
  const value = from[key]
  return typeof value === 'string' ? value : ''
}

export const numberAt = (from: Loose, key: string): number | null => {
  const value = from[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export const flagAt = (from: Loose, key: string): boolean => from[key] === true

/** The words of a text object (`plain_text` or `mrkdwn`), or of a bare string. */
export const wordsOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  return isRecord(value) ? stringAt(value, 'text') : ''
}
