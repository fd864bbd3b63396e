import type { Kysely } from 'kysely'

/** Log lines that were sorted in Slack, so that a category can be judged and corrected. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .createTable('log_lines')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('team', 'text', (c) => c.notNull())
    .addColumn('asker', 'text', (c) => c.notNull())
    .addColumn('line', 'text', (c) => c.notNull())
    .addColumn('category', 'text')
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('vote', 'integer')
    .addColumn('voted_ts', 'text')
    .execute()
  await schema
    .createIndex('log_lines_by_vote')
    .on('log_lines')
    .column('voted_ts')
    .where('voted_ts', 'is not', null)
    .execute()
}
