import type { Selectable } from 'kysely'
import { newId } from '../../lib/ids.ts'
import type { Store } from '../../store/open.ts'
import type { LogLinesTable } from '../../store/tables.ts'
import { CATEGORIES, type Category } from '../prompt.ts'

/** A classified log line, and how its asker judged the result. */
export type LogLine = Omit<Selectable<LogLinesTable>, 'category'> & { category: Category | null }

/** Stores a classified log line; its buttons carry only the id. */
export async function saveLogLine(
  store: Store,
  line: Pick<LogLine, 'team' | 'asker' | 'line' | 'category' | 'model'>,
  now: number,
): Promise<LogLine> {
  const row: LogLine = { ...line, id: newId('log', new Date(now)), created_at: now, vote: null, voted_ts: null }
  await store.insertInto('log_lines').values(row).execute()
  return row
}

export async function findLogLine(store: Store, id: string): Promise<LogLine | null> {
  const row = await store.selectFrom('log_lines').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? { ...row, category: CATEGORIES.find((known) => known === row.category) ?? null } : null
}
