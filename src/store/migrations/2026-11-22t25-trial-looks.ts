import type { Kysely } from 'kysely'

/** Each look at a trial is kept: what is seen oftener than it is counted would be judged by chance. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('trial_looks')
    .addColumn('canary_id', 'text', (c) => c.notNull())
    .addColumn('measure', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('looked_at', 'bigint', (c) => c.notNull())
    .addColumn('tried_count', 'integer', (c) => c.notNull())
    .addColumn('tried_of', 'integer', (c) => c.notNull())
    .addColumn('live_count', 'integer', (c) => c.notNull())
    .addColumn('live_of', 'integer', (c) => c.notNull())
    .addColumn('level', 'double precision', (c) => c.notNull())
    .addColumn('p', 'double precision', (c) => c.notNull())
    .addPrimaryKeyConstraint('trial_looks_key', ['canary_id', 'measure', 'number'])
    .execute()
}
