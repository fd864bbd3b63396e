import { ApiError } from './api-error.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 10_000

export type Page<T> = { object: 'list'; data: T[]; first_id: string | null; last_id: string | null; has_more: boolean }

/** One page of a list: `limit` items, beginning behind the item whose id is `after`. */
export function pageOf<T extends { id: string }>(
  items: readonly T[],
  query: { after?: string | undefined; limit?: string | undefined },
  defaultLimit = DEFAULT_LIMIT,
): Page<T> {
  const limit = query.limit === undefined ? defaultLimit : Number(query.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new ApiError(400, `limit must be a whole number from 1 to ${MAX_LIMIT}.`, { param: 'limit' })
  }
  const at = query.after === undefined ? -1 : items.findIndex((item) => item.id === query.after)
  if (query.after !== undefined && at < 0) {
    throw new ApiError(400, `There is no item '${query.after}' to continue after.`, { param: 'after' })
  }
  const data = items.slice(at + 1, at + 1 + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: at + 1 + limit < items.length,
  }
}
