import type { ExpressionBuilder, ExpressionWrapper, SqlBool, StringReference } from 'kysely'

/**
 * Keyset pagination: the rows beyond the last one of the previous page, ordered by time (or day) and id. `>` reads
 * upwards, `<` downwards.
 */
export function beyond<DB, TB extends keyof DB>(
  where: ExpressionBuilder<DB, TB>,
  [at, id]: readonly [StringReference<DB, TB>, StringReference<DB, TB>],
  direction: '<' | '>',
  last: { at: number | string; id: string } | null,
): ExpressionWrapper<DB, TB, SqlBool> {
  return where(where.refTuple(at, id), direction, where.tuple(last?.at ?? 0, last?.id ?? '') as never)
}
