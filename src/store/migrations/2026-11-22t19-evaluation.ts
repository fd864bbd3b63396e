import type { Kysely } from 'kysely'

/** Answers of evaluations under way, so that one that was cut off goes on; and what each training file asked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .createTable('evaluation_answers')
    .addColumn('run_key', 'text', (c) => c.notNull())
    .addColumn('arm', 'text', (c) => c.notNull())
    .addColumn('row_number', 'integer', (c) => c.notNull())
    .addColumn('said', 'text', (c) => c.notNull())
    .addColumn('failure', 'text')
    .addColumn('latency_ms', 'double precision', (c) => c.notNull())
    .addColumn('prompt_tokens', 'integer')
    .addColumn('completion_tokens', 'integer')
    .addColumn('kept_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('evaluation_answers_key', ['run_key', 'arm', 'row_number'])
    .execute()
  await schema.createIndex('evaluation_answers_by_age').on('evaluation_answers').column('kept_at').execute()
  await schema
    .createTable('trained_data')
    .addColumn('data_sha256', 'text', (c) => c.primaryKey())
    .addColumn('questions', 'text', (c) => c.notNull())
    .execute()
}
