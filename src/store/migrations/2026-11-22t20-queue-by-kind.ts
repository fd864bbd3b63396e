import type { Kysely } from 'kysely'

/** The review queue of one kind alone: among 100,000 answers the few log lines were looked for one by one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('corrections_queue_by_kind')
    .on('corrections')
    .columns(['kind', 'status', 'queue_rank', 'created_at', 'id'])
    .execute()
}
