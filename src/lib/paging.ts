/** Where a page ends: the time and id of its last row. */
export type Cursor = { at: number; id: string }
export type CursorRange = { size: number; after: Cursor | null }

export type Page<T> = {
  rows: readonly T[]
  /** The cursor of the next page, safe in a button's value; null on the last page. */
  next: string | null
}

/** One page of a list, read one row beyond its size. An unreadable `after` gives the first page. */
export async function readPage<T>(
  read: (range: CursorRange) => Promise<T[]>,
  { size, after, placeOf }: { size: number; after: string | null; placeOf: (row: T) => Cursor },
): Promise<Page<T>> {
  const found = await read({ size: size + 1, after: parseCursor(after) })
  const rows = found.slice(0, size)
  const last = rows.at(-1)
  return { rows, next: found.length > size && last ? writeCursor(placeOf(last)) : null }
}

function writeCursor({ at, id }: Cursor): string {
  return `${at}.${id}`
}

const PLACE = /^(\d{1,15})\.([\w.-]{1,60})$/

function parseCursor(text: string | null): Cursor | null {
  const [, at, id] = PLACE.exec(text ?? '') ?? []
  return at && id ? { at: Number(at), id } : null
}
